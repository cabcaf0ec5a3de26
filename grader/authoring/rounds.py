"""The gate of estimation rounds: many draws, each solvable from its text, graded rightly, every slip told by its name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from grader.catalogue import RoundEntry
from grader.errors import CatalogueError
from grader.estimation.draw import Numbers, Round, RoundRow, draw, draw_numbers, render
from grader.estimation.grading import grade
from grader.estimation.quantities import is_share, show_number
from grader.estimation.template import Row, Template, load
from grader.estimation.units import BYTE, FLOP, PLAIN, SECOND, Dimension, parse

FULL_SEEDS = 200
QUICK_SEEDS = 20
LEAST_DIFFERENT = 10
"""Different scenarios among the draws; fewer can be learnt by heart."""
MAX_PROBLEMS = 8
SENTINEL = Fraction(86_427)
"""A number that no text has by itself."""
SPELLED_IN = {
    BYTE: ("B", "MiB", "Gbit"), SECOND: ("us", "h"), FLOP: ("MFLOP", "PFLOPs"), PLAIN: ("",),
    Dimension(byte=1, second=-1): ("MB/s", "Gbps"), Dimension(second=-1): ("/s", "ktok/s"),
    Dimension(flop=1, second=-1): ("GFLOPS",), Dimension(byte=-1, flop=1): ("FLOP/kB",),
}  # fmt: skip


@dataclass
class RoundReport:
    """What the gate found about one round."""

    round: str
    errors: list[str] = field(default_factory=list)
    num_draws: int = 0

    @property
    def sound(self) -> bool:
        return not self.errors


def check_round(entry: RoundEntry, *, quick: bool = False) -> RoundReport:
    """Prove one round sound or say what is wrong with it: 200 draws, or 20 in the quick form."""
    report = RoundReport(entry.name)
    try:
        template = load(entry)
        report.errors.extend(f"{entry.path}: {problem}" for problem in unused(template))
        scenarios = set()
        for seed in range(QUICK_SEEDS if quick else FULL_SEEDS):
            drawn = draw(template, seed)
            report.num_draws += 1
            scenarios.add(drawn.scenario)
            problems = [*hidden_numbers(template, draw_numbers(template, seed)), *grading_problems(drawn)]
            report.errors.extend(f"{entry.path}: seed {seed}: {problem}" for problem in problems)
            if len(report.errors) >= MAX_PROBLEMS:
                return report
        if len(scenarios) < LEAST_DIFFERENT:
            report.errors.append(f"{entry.path}: only {len(scenarios)} different scenarios in {report.num_draws} draws")
    except CatalogueError as error:
        report.errors.append(str(error))
    return report


def unused(template: Template) -> Iterator[str]:
    """Variables that no expression and no text uses."""
    expressions = [*template.derived.values(), *template.values.values()]
    expressions += [expression for slips in template.slips.values() for _, expression in slips]
    used = {symbol for expression in expressions for symbol in expression.symbols}
    used |= {symbol for condition in template.conditions for symbol in condition.symbols}
    for name in sorted(template.names - used):
        if not any(re.search(rf"\b{name}\b", text) for text in template.texts.values()):
            yield f"the variable {name} is not used"


def hidden_numbers(template: Template, numbers: Numbers) -> Iterator[str]:
    """Numbers that a right value needs and neither the scenario nor the row's question shows."""
    for row in template.file.rows:
        for name in sorted(needed(template, row, numbers)):
            yield f"row {row.name} needs {name}, which neither the scenario nor its question shows"


def needed(template: Template, row: Row, numbers: Numbers) -> set[str]:
    """Drawn numbers that cannot be read off the texts, nor worked out from others that can."""

    def missing(name: str) -> set[str]:
        changed = numbers.variables | {name: SENTINEL}
        if any(show_number(SENTINEL) in render(text, changed) for text in (template.file.scenario, row.question)):
            return set()
        if name not in template.derived:
            return {name}
        return {inner for symbol in template.derived[name].symbols for inner in missing(symbol)}

    return {inner for symbol in template.values[row.name].symbols for inner in missing(symbol)}


def grading_problems(drawn: Round) -> Iterator[str]:
    """Right values that are refused, and slips that are not told by their name."""
    for text in (drawn.scenario, *(row.question for row in drawn.rows), *(row.explanation for row in drawn.rows)):
        if not text:
            yield "a text is empty"
    for row in drawn.rows:
        for answer in spellings(row):
            result = next(each for each in grade(drawn, {row.name: answer}).rows if each.name == row.name)
            if result.outcome != "right":
                yield f"row {row.name}: {answer!r} is {result.outcome}, the right value is {row.expected}: {result.message}"
        for slip in row.slips:
            if slip.value < 0:
                yield f"row {row.name}: the slip {slip.name} gives {show_number(slip.value)}, which nobody can answer"
                continue
            answer = f"{float(slip.value):.8g} {row.unit.text}"
            result = next(each for each in grade(drawn, {row.name: answer}).rows if each.name == row.name)
            if result.outcome != "wrong" or result.slip != slip.name:
                yield f"row {row.name}: the slip {slip.name} ({answer}) is graded {result.outcome}, slip {result.slip}"


def spellings(row: RoundRow) -> Iterator[str]:
    """The right value as people write it: as shown, bare, without a blank, in other units of its kind."""
    value = float(row.value)
    yield row.expected
    yield f"{value:.5g}"
    yield f"{value:.5e}{row.unit.text}"
    if value >= 1:
        yield f"{value:,.6f} {row.unit.text}"
    yield f"2 * {value / 2:.6g} {row.unit.text}"
    if is_share(row.unit):
        yield f"{value / 100:.6g}"
    for unit, factor in ((text, parse(text).factor) for text in SPELLED_IN.get(row.unit.dimension, ())):
        yield f"{float(row.value * row.unit.factor / factor):.6g} {unit}".strip() if unit else f"{value:.6g}{row.unit.text}"

