"""A round's file: what it draws, what it asks, and which slips it knows. Read and validated here.

    drills/<deck>/rounds/<name>.toml
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, Literal

import msgspec

from grader.catalogue import NAME, RoundEntry
from grader.errors import CatalogueError, LedgerError
from grader.estimation.units import Unit, UnknownUnit, parse
from grader.ledger import FUNCTIONS, Expression
from grader.toml_file import read_toml

Number = int | float
LEAST_ROWS, MOST_ROWS = 3, 6
MAX_STEPS = 1_000_000
RESERVED = ("value",)
"""Names that a template's text gives a meaning to."""
COMPARISONS: dict[type[ast.cmpop], Any] = {
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge, ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}  # fmt: skip


class Variable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A number that is drawn, or derived from others: exactly one of choices, range and value."""

    choices: list[Number] | None = None
    range: tuple[Number, Number] | None = None
    """Both ends included."""
    step: Number = 1
    """Draws are low plus a multiple of this; with log, multiples of this."""
    log: bool = False
    """Uniform in the logarithm."""
    value: str | None = None
    """An expression over other variables."""


class Slip(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    message: str
    """For the learner; a Jinja text."""
    value: str
    """What comes out with this slip, in the row's unit."""


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    question: str
    """A Jinja text."""
    unit: str
    value: str
    """The right value in that unit."""
    explanation: str
    """The worked formula; a Jinja text that may use `value`, the right value with its unit."""
    slips: list[Slip] = []


class TemplateFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    title: str
    difficulty: Literal["easy", "medium", "hard"]
    par_minutes: int
    scenario: str
    rows: list[Row]
    tags: list[str] = []
    variables: dict[str, Variable] = {}
    cases: dict[str, list[dict[str, Number | str]]] = {}
    """Groups of tables with the same keys: one table of each group is drawn, and its keys are variables."""
    requires: list[str] = []
    """Comparisons that hold in every draw."""


class Condition:
    """A comparison, such as `2 < a * b <= 9`, over the ledger's expressions."""

    def __init__(self, text: str) -> None:
        self.text = text
        try:
            tree = ast.parse(text.strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise LedgerError(f"`{text}` is not a comparison") from error
        if not isinstance(tree, ast.Compare) or not all(type(op) in COMPARISONS for op in tree.ops):
            raise LedgerError(f"`{text}` is not a comparison by <, <=, >, >=, == or !=")
        self._sides = [Expression(ast.unparse(side)) for side in (tree.left, *tree.comparators)]
        self._operators = [COMPARISONS[type(op)] for op in tree.ops]
        self.symbols = tuple(dict.fromkeys(symbol for side in self._sides for symbol in side.symbols))

    def holds(self, binding: Mapping[str, Fraction]) -> bool:
        """Raises LedgerError where a side has no value."""
        values = [side.value(binding) for side in self._sides]
        return all(compare(left, right) for compare, left, right in zip(self._operators, values, values[1:], strict=False))


@dataclass(frozen=True)
class Template:
    """One round's file, ready to be drawn from."""

    name: str
    deck: str
    path: str
    file: TemplateFile

    @cached_property
    def derived(self) -> dict[str, Expression]:
        """Variable -> the expression that gives it."""
        return {name: Expression(given.value) for name, given in self.file.variables.items() if given.value is not None}

    @cached_property
    def values(self) -> dict[str, Expression]:
        """Row -> its right value."""
        return {row.name: Expression(row.value) for row in self.file.rows}

    @cached_property
    def slips(self) -> dict[str, list[tuple[Slip, Expression]]]:
        """Row -> its slips."""
        return {row.name: [(slip, Expression(slip.value)) for slip in row.slips] for row in self.file.rows}

    @cached_property
    def conditions(self) -> list[Condition]:
        return [Condition(text) for text in self.file.requires]

    @cached_property
    def units(self) -> dict[str, Unit]:
        """Row -> its unit."""
        return {row.name: parse(row.unit) for row in self.file.rows}

    @property
    def text_names(self) -> set[str]:
        """Variables that are text."""
        return {key for tables in self.file.cases.values() for key, value in tables[0].items() if isinstance(value, str)}

    @property
    def names(self) -> set[str]:
        """Every variable."""
        return set(self.file.variables) | {key for tables in self.file.cases.values() for key in tables[0]}

    @property
    def texts(self) -> dict[str, str]:
        """Key in the file -> Jinja text."""
        found = {"scenario": self.file.scenario}
        for number, row in enumerate(self.file.rows):
            found |= {f"rows[{number}].question": row.question, f"rows[{number}].explanation": row.explanation}
            found |= {f"rows[{number}].slips[{i}].message": slip.message for i, slip in enumerate(row.slips)}
        return found


def load(entry: RoundEntry) -> Template:
    """Read a round's file. Raises CatalogueError that names file, key, value and what is allowed."""
    template = Template(entry.name, entry.deck, str(entry.path), read_toml(entry.path, TemplateFile))
    check(template)
    return template


def check(template: Template) -> None:
    """What the types cannot say. Raises CatalogueError."""
    file = template.file
    if not 1 <= file.par_minutes <= 60:
        refuse(template, "par_minutes", file.par_minutes, "must be 1 to 60")
    if not LEAST_ROWS <= len(file.rows) <= MOST_ROWS:
        refuse(template, "rows", len(file.rows), f"must be {LEAST_ROWS} to {MOST_ROWS} rows")
    check_cases(template)
    for name, variable in file.variables.items():
        check_name(template, f"variables.{name}", name)
        check_variable(template, f"variables.{name}", variable)
    check_rows(template)
    for number, text in enumerate(file.requires):
        check_expression(template, f"requires[{number}]", text, Condition)
    check_circles(template)
    check_texts(template)


def refuse(template: Template, key: str, value: object, allowed: str) -> None:
    raise CatalogueError(f"{template.path}: {key} = {value!r}: {allowed}")


def check_name(template: Template, key: str, name: str) -> None:
    if not name.isidentifier() or name in RESERVED:
        refuse(template, key, name, f"must be a Python name other than {', '.join(RESERVED)}")


def check_cases(template: Template) -> None:
    seen = set(template.file.variables)
    for group, tables in template.file.cases.items():
        if not tables:
            refuse(template, f"cases.{group}", tables, "must have at least one table")
        kinds = {key: isinstance(value, str) for key, value in tables[0].items()}
        for number, table in enumerate(tables):
            if {key: isinstance(value, str) for key, value in table.items()} != kinds:
                refuse(template, f"cases.{group}[{number}]", sorted(table),
                       f"must have the keys of the first table, and text where it has text: {', '.join(kinds)}")  # fmt: skip
        for key in kinds:
            check_name(template, f"cases.{group}.{key}", key)
            if key in seen:
                refuse(template, f"cases.{group}.{key}", key, "is a variable already")
            seen.add(key)


def check_variable(template: Template, key: str, variable: Variable) -> None:
    given = [name for name in ("choices", "range", "value") if getattr(variable, name) is not None]
    if len(given) != 1:
        refuse(template, key, given, "must have exactly one of choices, range and value")
    if variable.choices is not None and not variable.choices:
        refuse(template, f"{key}.choices", variable.choices, "must have at least one number")
    if variable.range is not None:
        low, high = variable.range
        if not low < high or (variable.log and low <= 0):
            refuse(template, f"{key}.range", list(variable.range), "must be [low, high] with low < high, above 0 with log")
        if variable.step <= 0 or (high - low) / variable.step > MAX_STEPS:
            refuse(template, f"{key}.step", variable.step, f"must be above 0 and give at most {MAX_STEPS} steps")
    if variable.value is not None:
        check_expression(template, f"{key}.value", variable.value)


def check_rows(template: Template) -> None:
    names = [row.name for row in template.file.rows]
    if len(set(names)) != len(names):
        refuse(template, "rows", names, "must have different names")
    for number, row in enumerate(template.file.rows):
        key = f"rows[{number}]"
        if not NAME.fullmatch(row.name):
            refuse(template, f"{key}.name", row.name, "must be small letters, digits and _, at most 32, a letter first")
        try:
            parse(row.unit)
        except UnknownUnit as error:
            refuse(template, f"{key}.unit", row.unit, str(error))
        check_expression(template, f"{key}.value", row.value)
        slips = [slip.name for slip in row.slips]
        if len(set(slips)) != len(slips):
            refuse(template, f"{key}.slips", slips, "must have different names")
        for i, slip in enumerate(row.slips):
            if not NAME.fullmatch(slip.name):
                refuse(template, f"{key}.slips[{i}].name", slip.name, "must be small letters, digits and _, at most 32")
            check_expression(template, f"{key}.slips[{i}].value", slip.value)


def check_expression(
    template: Template, key: str, text: str, kind: type[Expression] | type[Condition] = Expression
) -> None:
    """It can be read, and uses numbers of this file only."""
    try:
        symbols: Iterable[str] = kind(text).symbols
    except LedgerError as error:
        refuse(template, key, text, str(error))
        return
    for node in ast.walk(ast.parse(text.strip(), mode="eval")):
        if isinstance(node, ast.Call) and getattr(node.func, "id", None) not in FUNCTIONS:
            refuse(template, key, text, f"has an unknown function\nhint: allowed: {', '.join(sorted(FUNCTIONS))}")
    numbers = template.names - template.text_names
    for symbol in symbols:
        if symbol not in numbers:
            refuse(template, key, text, f"{symbol!r} is no number here\nhint: allowed: {', '.join(sorted(numbers))}")


def check_circles(template: Template) -> None:
    def follow(name: str, above: tuple[str, ...]) -> None:
        if name in above:
            refuse(template, f"variables.{name}.value", template.file.variables[name].value, "depends on itself")
        for symbol in template.derived[name].symbols if name in template.derived else ():
            follow(symbol, (*above, name))

    for name in template.derived:
        follow(name, ())


def check_texts(template: Template) -> None:
    """Each is Jinja and uses this file's variables only."""
    import jinja2  # 45 ms, and only rounds need it
    from jinja2 import meta

    environment = jinja2.Environment()
    for key, text in template.texts.items():
        try:
            used = meta.find_undeclared_variables(environment.parse(text))
        except jinja2.TemplateSyntaxError as error:
            refuse(template, key, text, f"line {error.lineno}: {error.message}")
            continue
        allowed = template.names | (set(RESERVED) if key != "scenario" and not key.endswith("question") else set())
        for name in sorted(used - allowed):
            refuse(template, key, f"{{{{ {name} }}}}", f"is no variable here\nhint: allowed: {', '.join(sorted(allowed))}")
