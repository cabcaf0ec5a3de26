"""`drill estimate`."""

from __future__ import annotations

import secrets
import sys
from typing import TextIO

import click

from app.catalogue import open_drills
from app.estimating import (
    Filled,
    UnusableAnswers,
    ask,
    choose,
    parse_answers,
    result_json,
    result_text,
    round_json,
    rows_text,
    scenario_text,
)
from grader.catalogue import Catalogue
from grader.errors import CatalogueError
from grader.estimation.draw import draw
from grader.estimation.grading import grade
from grader.estimation.template import TemplateFile, load
from grader.toml_file import read_toml

MAX_SEED = 10**9 - 1
"""Short enough to be typed again."""
MAX_ANSWERS_CHARS = 65_536


@click.command("estimate")
@click.argument("name", required=False)
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), metavar="N", help="Draw the numbers of an earlier round again.")
@click.option("--list", "listing", is_flag=True, help="Show the rounds.")
@click.option("--show", is_flag=True, help="Show scenario and rows only.")
@click.option("--answers", type=click.File("r", encoding="utf-8", errors="replace"), metavar="FILE",
              help="Grade these and ask nothing: lines `row: answer`, or a JSON object; - is standard input.")  # fmt: skip
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(name: str | None, seed: int | None, listing: bool, show: bool, answers: TextIO | None, form: str) -> None:
    """An estimation round: fresh numbers, a few quantities to work out, graded within 1 %.

    NAME is a round; without it one is picked. Answers are quantities in any unit of the right kind (31.4 GB, 29.2 GiB, 14 ms,
    1,200 tok/s, 37 %, 2*7e9 B); a bare number is read in the unit beside the row. Ctrl-C or Ctrl-D grades what is filled in.
    A round with fresh numbers is kept in the record, and comes back when it is due.

    Exit status: 0 all right, 1 not all right, 2 unusable arguments.
    """
    catalogue = open_drills()
    if listing:
        show_rounds(catalogue)
        return
    if answers is not None and seed is None:
        raise click.UsageError("answers belong to one draw of numbers\nhint: pass its --seed, which `--show` names")
    replayed = seed is not None
    seed = secrets.randbelow(MAX_SEED) if seed is None else seed
    drawn = draw(load(choose(catalogue, name, seed)), seed)
    if show:
        click.echo(round_json(drawn) if form == "json" else f"{scenario_text(drawn)}\n\n{rows_text(drawn)}\n\nseed {seed}")
        return
    if answers is None:
        say(scenario_text(drawn))
        filled = ask(drawn, say)
        say("")
    else:
        filled = Filled(read_answers(answers), 0.0)
    try:
        result = grade(drawn, filled.answers)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--answers") from error
    click.echo(result_json(result, filled) if form == "json" else result_text(result, drawn, filled))
    if answers is None and not replayed:
        from app.recording import record_round

        say(record_round(result, filled.seconds, drawn.par_s))
    sys.exit(0 if result.passed else 1)


def say(text: str) -> None:
    """The dialogue: on standard error, since the result is the data."""
    click.echo(text, err=True)


def read_answers(source: TextIO) -> dict[str, str]:
    """Raises click.BadParameter."""
    text = source.read(MAX_ANSWERS_CHARS + 1)
    if len(text) > MAX_ANSWERS_CHARS:
        raise click.BadParameter(f"has more than {MAX_ANSWERS_CHARS} characters", param_hint="--answers")
    try:
        return parse_answers(text)
    except UnusableAnswers as error:
        raise click.BadParameter(str(error), param_hint="--answers") from error


def show_rounds(catalogue: Catalogue) -> None:
    """Every round under its deck; a broken one says so in its line."""
    width = max((len(entry.name) for entry in catalogue.rounds), default=0)
    decks = [deck for deck in catalogue.decks if deck.rounds]
    for position, deck in enumerate(decks):
        click.secho(("\n" if position else "") + f"{deck.card.title}  ({deck.name}, card {deck.card.number})", bold=True)
        for entry in deck.rounds:
            try:
                file = read_toml(entry.path, TemplateFile)
                about = f"{file.difficulty:<6}  {file.par_minutes:>3} min  {file.title}"
            except CatalogueError:
                about = f"broken: drill estimate {entry.name} says why"
            click.echo(f"  {entry.name:<{width}}  {about}")
