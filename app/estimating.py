"""Estimation rounds for the command line: choosing one, reading answers, asking for them, and the text of both ends."""

from __future__ import annotations

import random
import re
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import click
import msgspec

from app.practice.clock import duration_text
from app.text import wrap
from grader.catalogue import Catalogue, RoundEntry
from grader.errors import UnknownDrill
from grader.estimation.draw import Round
from grader.estimation.grading import Outcome, RoundResult, RowResult
from grader.estimation.quantities import Unreadable, WrongUnit, read
from grader.printable import printable

SCHEMA = 1
WORDS: dict[Outcome, tuple[str, str]] = {
    "right": ("RIGHT", "green"), "wrong": ("WRONG", "red"), "blank": ("BLANK", "yellow"), "unreadable": ("UNREAD", "yellow"),
    "wrong_unit": ("UNIT", "red"),
}  # fmt: skip
WORD_COLUMNS = 8


class UnusableAnswers(ValueError):
    """A file of answers that cannot be read; the message names the line."""


@dataclass(frozen=True)
class Filled:
    """What a person filled in."""

    answers: dict[str, str]
    seconds: float


def choose(catalogue: Catalogue, name: str | None, seed: int) -> RoundEntry:
    """The named round, or one that the seed picks. Raises CatalogueError."""
    if name is not None:
        return catalogue.find_round(name)
    entries = catalogue.rounds
    if not entries:
        raise UnknownDrill("there are no estimation rounds")
    return entries[int(random.Random(seed).random() * len(entries))]


def ask(drawn: Round, write: Callable[[str], None]) -> Filled:
    """Ask row by row. A blank line leaves a row blank; Ctrl-C and Ctrl-D end the asking, not the program."""
    started = time.monotonic()
    answers: dict[str, str] = {}
    try:
        for number, row in enumerate(drawn.rows, 1):
            write(wrap(f"{row.question} [{asked_unit(row.unit.text)}]", "     ", f"\n{number} of {len(drawn.rows)}  "))
            while answer := read_line(write):
                try:
                    read(answer, row.unit)
                except WrongUnit:
                    pass  # a mistake like another: it is told when all are graded
                except Unreadable as error:
                    write(wrap(f"{error}; again, or leave it blank", "  "))
                    continue
                break
            answers[row.name] = answer
    except (KeyboardInterrupt, EOFError):
        write("\n")
        return Filled(answers, time.monotonic() - started)
    return Filled(answers, time.monotonic() - started)


def read_line(write: Callable[[str], None]) -> str:
    """One line without its end. Raises EOFError."""
    sys.stderr.write("  > ")
    sys.stderr.flush()
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    if not sys.stdin.isatty():
        write("")  # a terminal has echoed the line's end
    return line.strip()


def parse_answers(text: str) -> dict[str, str]:
    """Answers by row: a JSON object, or lines such as `stage_0: 31.4 GB` with `#` for remarks. Raises UnusableAnswers."""
    if text.lstrip().startswith("{"):
        try:
            given = msgspec.json.decode(text, type=dict[str, str | int | float | None])
        except msgspec.DecodeError as error:
            raise UnusableAnswers(f"the answers are no JSON object of texts or numbers: {error}") from error
        return {name: "" if answer is None else str(answer) for name, answer in given.items()}
    answers: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        written = line.split("#", 1)[0].strip()
        if not written:
            continue
        match = re.fullmatch(r"([A-Za-z][A-Za-z0-9_]*)\s*[:=]\s*(.*)", written)
        if match is None:
            shown = printable(written)[:60]
            hint = "write `row: answer`, as in `stage_0: 31.4 GB`"
            raise UnusableAnswers(f"line {number} of the answers is {shown!r}\nhint: {hint}")
        if match[1] in answers:
            raise UnusableAnswers(f"line {number} of the answers answers {match[1]} again")
        answers[match[1]] = match[2]
    return answers


def scenario_text(drawn: Round) -> str:
    """Title and scenario."""
    head = f"{click.style(drawn.title, bold=True)}  ({drawn.name}, {drawn.difficulty}, par {drawn.par_s // 60} min)"
    body = [wrap(line, "  " if line.startswith("- ") else "", "") for line in drawn.scenario.split("\n")]
    return "\n".join([head, "", *body])


def rows_text(drawn: Round) -> str:
    """The rows to fill in, in the form that --answers reads."""
    lines = [wrap(f"{row.name}: {row.question} [{asked_unit(row.unit.text)}]", "    ", "  ") for row in drawn.rows]
    return "\n".join([click.style("Fill in", bold=True), *lines])


def asked_unit(unit: str) -> str:
    """The unit beside a row: what a bare number is read in."""
    return f"in {unit}" if unit not in ("x", "%") else unit


def result_text(result: RoundResult, drawn: Round, filled: Filled) -> str:
    """The graded round for people: every row with its outcome, its slip and the worked formula."""
    word, colour = ("PASSED", "green") if result.passed else ("NOT YET", "red")
    seconds = f", {duration_text(filled.seconds)} of par {duration_text(drawn.par_s)}" if filled.seconds else ""
    head = f"{click.style(word, fg=colour, bold=True)}  {result.score} of {result.max_score} right  {result.round}{seconds}"
    lines = [head, ""]
    for row in result.rows:
        lines += row_lines(row)
    lines.append(f"\nthe same numbers again: drill estimate {result.round} --seed {result.seed}")
    if not result.passed:
        lines.append(f"new numbers: drill estimate {result.round}")
    return "\n".join(lines)


def row_lines(row: RowResult) -> list[str]:
    """One row."""
    word, colour = WORDS[row.outcome]
    indent = " " * (WORD_COLUMNS + 2)
    said = "; ".join(part for part in (row.answer, row.message) if part)
    first = wrap(f"{row.name}: {said}", indent)[len(indent):]
    lines = [f"  {click.style(word, fg=colour)}{' ' * (WORD_COLUMNS - len(word))}{first}"]
    return [*lines, wrap(row.explanation, indent + "  ", indent)]


def result_json(result: RoundResult, filled: Filled) -> str:
    """One object on one line."""
    rows = [
        {"name": row.name, "question": row.question, "answer": row.answer, "outcome": row.outcome, "expected": row.expected,
         "unit": row.unit, "slip": row.slip, "message": row.message, "explanation": row.explanation}
        for row in result.rows
    ]  # fmt: skip
    return as_json({
        "schema": SCHEMA, "round": result.round, "deck": result.deck, "seed": result.seed, "score": result.score,
        "max_score": result.max_score, "passed": result.passed, "rows": rows, "seconds": round(filled.seconds, 2),
    })  # fmt: skip


def round_json(drawn: Round) -> str:
    """A round that is not graded: its scenario and rows, without the answers."""
    rows = [{"name": row.name, "question": row.question, "unit": row.unit.text} for row in drawn.rows]
    return as_json({
        "schema": SCHEMA, "round": drawn.name, "deck": drawn.deck, "seed": drawn.seed, "title": drawn.title,
        "difficulty": drawn.difficulty, "par_s": drawn.par_s, "scenario": drawn.scenario, "rows": rows,
    })  # fmt: skip


def as_json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
