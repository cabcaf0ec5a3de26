"""Drawing a round: the same template and seed give the same numbers, on every machine."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import combinations
from typing import TYPE_CHECKING, Any

from grader.errors import CatalogueError, LedgerError
from grader.estimation.quantities import show, show_number
from grader.estimation.template import Template, Variable
from grader.estimation.units import Unit

if TYPE_CHECKING:
    import jinja2

MAX_DRAWS = 500
APART = Fraction(2, 100)
"""A slip's value is at least this far from the right value and from the other slips of its row."""
Value = Fraction | str


@dataclass(frozen=True)
class RoundSlip:
    """A known mistake and what comes out with it."""

    name: str
    message: str
    value: Fraction
    """In the row's unit."""


@dataclass(frozen=True)
class RoundRow:
    """One quantity to fill in."""

    name: str
    question: str
    unit: Unit
    """The unit that is asked for; others of its kind are right too."""
    value: Fraction
    """The right value, in that unit."""
    explanation: str
    slips: tuple[RoundSlip, ...]

    @property
    def expected(self) -> str:
        """The right value with its unit, for people."""
        return show(self.value, self.unit.text)


@dataclass(frozen=True)
class Round:
    """One scenario with its numbers."""

    name: str
    deck: str
    title: str
    difficulty: str
    par_s: int
    seed: int
    scenario: str
    rows: tuple[RoundRow, ...]


@dataclass(frozen=True)
class Numbers:
    """The values of one draw."""

    variables: dict[str, Value]
    values: dict[str, Fraction]
    """Row -> right value."""
    slips: dict[str, list[Fraction]]


def draw(template: Template, seed: int) -> Round:
    """Draw a round. Raises CatalogueError where the template allows no sound draw."""
    numbers = draw_numbers(template, seed)
    rows = []
    for row in template.file.rows:
        shown = show(numbers.values[row.name], row.unit)
        slips = tuple(
            RoundSlip(slip.name, render(slip.message, numbers.variables, shown), value)
            for slip, value in zip(row.slips, numbers.slips[row.name], strict=True)
        )
        question = render(row.question, numbers.variables)
        explanation = render(row.explanation, numbers.variables, shown)
        rows.append(RoundRow(row.name, question, template.units[row.name], numbers.values[row.name], explanation, slips))
    scenario = render(template.file.scenario, numbers.variables)
    return Round(
        template.name, template.deck, template.file.title, template.file.difficulty, template.file.par_minutes * 60, seed,
        scenario, tuple(rows),
    )  # fmt: skip


def draw_numbers(template: Template, seed: int) -> Numbers:
    """Draw until every condition holds and no two values of a row are close. Raises CatalogueError."""
    source = random.Random(f"{template.name} {seed}")
    why = ""
    for _ in range(MAX_DRAWS):
        variables = draw_variables(template, source)
        try:
            numbers, why = evaluate(template, variables)
        except LedgerError as error:
            raise CatalogueError(f"{template.path}: {error}, with {describe(variables)}") from error
        if numbers is not None:
            return numbers
    raise CatalogueError(f"{template.path}: {MAX_DRAWS} draws in a row are not sound; of the last: {why}")


def draw_variables(template: Template, source: random.Random) -> dict[str, Value]:
    """One value for each variable. Raises LedgerError."""
    values: dict[str, Value] = {}
    for tables in template.file.cases.values():
        table = tables[int(source.random() * len(tables))]
        values |= {key: value if isinstance(value, str) else exact(value) for key, value in table.items()}
    for name, variable in template.file.variables.items():
        if variable.value is None:
            values[name] = draw_variable(variable, source)
    return derive(template, values)


def derive(template: Template, drawn: Mapping[str, Value]) -> dict[str, Value]:
    """The drawn values and those that follow from them. Raises LedgerError."""
    values = dict(drawn)
    waiting = dict(template.derived)
    while waiting:  # there are no circles: loading saw to that
        ready = [name for name, expression in waiting.items() if all(symbol in values for symbol in expression.symbols)]
        for name in ready:
            values[name] = number(waiting.pop(name).value(only_numbers(values)), name)
    return values


def draw_variable(variable: Variable, source: random.Random) -> Fraction:
    """Uses `random()` alone, whose sequence Python keeps from version to version."""
    if variable.choices is not None:
        return exact(variable.choices[int(source.random() * len(variable.choices))])
    assert variable.range is not None
    low, high, step = exact(variable.range[0]), exact(variable.range[1]), exact(variable.step)
    if not variable.log:
        return low + step * int(source.random() * (int((high - low) / step) + 1))
    drawn = math.exp(math.log(low) + source.random() * (math.log(high) - math.log(low)))
    return min(max(round(Fraction(drawn) / step) * step, low), high)


def evaluate(template: Template, variables: dict[str, Value]) -> tuple[Numbers | None, str]:
    """The rows' values, or None and why the draw is not sound. Raises LedgerError."""
    binding = only_numbers(variables)
    for condition in template.conditions:
        if not condition.holds(binding):
            return None, f"`{condition.text}` does not hold with {describe(variables)}"
    values: dict[str, Fraction] = {}
    slips: dict[str, list[Fraction]] = {}
    for row in template.file.rows:
        right = number(template.values[row.name].value(binding), row.name)
        if right <= 0:
            return None, f"the value of row {row.name} is {show_number(right)}, not above 0"
        named = [("the right value", right)]
        named += [(slip.name, number(expression.value(binding), slip.name)) for slip, expression in template.slips[row.name]]
        for (one, left), (other, value) in combinations(named, 2):
            if not apart(left, value):
                return None, f"in row {row.name} {one} and {other} are within 2 %: {show_number(left)}, {show_number(value)}"
        values[row.name] = right
        slips[row.name] = [value for _, value in named[1:]]
    return Numbers(variables, values, slips), ""


def apart(left: Fraction, right: Fraction) -> bool:
    return abs(left - right) > APART * max(abs(left), abs(right))


def number(value: Any, name: str) -> Fraction:
    if isinstance(value, tuple):
        raise LedgerError(f"{name} is a list, not a number")
    return Fraction(value)


def exact(value: int | float) -> Fraction:
    """By the digits as they are written: 0.1 is a tenth."""
    return Fraction(repr(value))


def only_numbers(values: Mapping[str, Value]) -> dict[str, Fraction]:
    return {name: value for name, value in values.items() if isinstance(value, Fraction)}


def describe(values: Mapping[str, Value]) -> str:
    return ", ".join(f"{name} {value if isinstance(value, str) else show_number(value)}" for name, value in values.items())


def render(text: str, variables: Mapping[str, Value], value: str | None = None) -> str:
    """A Jinja text with numbers printed for people."""
    known: dict[str, Any] = dict(variables)
    if value is not None:
        known["value"] = value
    return flow(compiled(text).render(known))


def flow(text: str) -> str:
    """Join the lines of each paragraph and list item (`- `), so that any width can wrap them."""
    lines: list[str] = []
    for line in text.strip().splitlines():
        if lines and lines[-1] and line.strip() and not line.startswith("- "):
            lines[-1] += f" {line.strip()}"
        else:
            lines.append(line.strip())
    return "\n".join(lines)


@cache
def compiled(text: str) -> jinja2.Template:
    import jinja2  # 45 ms, and only rounds need it

    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, finalize=finalize, autoescape=False)
    return environment.from_string(text)


def finalize(value: Any) -> Any:
    return show_number(value) if isinstance(value, Fraction) else value
