"""Ledgers: the shapes and byte counts that a person writes down first, graded by value and not by spelling.

An expression is evaluated by simpleeval over exact fractions, at several random bindings of the drill's symbols. Whatever
equals our answer at all of them is right, however it is written.
"""

from __future__ import annotations

import ast
import math
import operator
import random
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import simpleeval

from grader.catalogue import Ledger, LedgerRow, Symbol
from grader.errors import LedgerError

NUM_BINDINGS = 6
MAX_CHARS = 500
MAX_EXPONENT = 64
MAX_BITS = 4096


@dataclass(frozen=True)
class RowResult:
    """How one row was graded."""

    name: str
    asks: str
    expression: str | None
    passed: bool
    message: str = ""


def grade(ledger: Ledger, written: Mapping[str, str] | None, problem: str | None, source: random.Random) -> list[RowResult]:
    """Grade every row that the drill asks for.

    Args:
        ledger: The drill's symbols and rows.
        written: The submission's LEDGER literal, None where there is none.
        problem: Why its LEDGER cannot be read, if so.
        source: Draws the bindings.
    """
    bindings = [bind(ledger.symbols, source) for _ in range(NUM_BINDINGS)]
    return [grade_row(row, ledger, written, problem, bindings) for row in ledger.rows]


def grade_row(
    row: LedgerRow, ledger: Ledger, written: Mapping[str, str] | None, problem: str | None,
    bindings: list[dict[str, Fraction]],
) -> RowResult:  # fmt: skip
    expression = (written or {}).get(row.name)
    if expression is None or not expression.strip():
        message = problem or f"not filled in: {row.asks}"
        return RowResult(row.name, row.asks, expression, False, message)
    try:
        compiled = Expression(expression)
        for binding in bindings:
            value, answer = compiled.value(binding), Expression(row.answer).value(binding)
            if not same(value, answer):
                at = ", ".join(f"{name}={binding[name]}" for name in compiled.symbols if name in binding)
                message = f"`{expression}` is {show(value)}" + (f" at {at}" if at else "") + f", expected {show(answer)}"
                return RowResult(row.name, row.asks, expression, False, message)
    except LedgerError as error:
        known = ", ".join(f"{name} ({symbol.means})" for name, symbol in ledger.symbols.items())
        return RowResult(row.name, row.asks, expression, False, f"{error}; symbols: {known}")
    return RowResult(row.name, row.asks, expression, True)


def bind(symbols: Mapping[str, Symbol], source: random.Random) -> dict[str, Fraction]:
    """Random positive values, as the symbols' ranges and multiples ask."""
    values: dict[str, Fraction] = {}

    def value_of(name: str, seen: tuple[str, ...] = ()) -> Fraction:
        if name not in values:
            symbol = symbols[name]
            if name in seen:
                raise LedgerError(f"the symbols {', '.join(seen)} are multiples of one another in a circle")
            factor = value_of(symbol.multiple_of, (*seen, name)) if symbol.multiple_of else Fraction(1)
            high = max(symbol.range[0], symbol.range[1] // (7 if symbol.multiple_of else 1))
            values[name] = Fraction(source.randint(symbol.range[0], high)) * factor
        return values[name]

    for name in symbols:
        value_of(name)
    return values


class Expression:
    """One parsed ledger expression."""

    def __init__(self, text: str) -> None:
        if len(text) > MAX_CHARS:
            raise LedgerError(f"the expression is longer than {MAX_CHARS} characters")
        self.text = text
        try:
            self._tree = ast.parse(text.strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError, simpleeval.InvalidExpression) as error:
            raise LedgerError(f"`{text}` is not an expression ({type(error).__name__})") from error
        called = {id(node.func) for node in ast.walk(self._tree) if isinstance(node, ast.Call)}
        names = [node.id for node in ast.walk(self._tree) if isinstance(node, ast.Name) and id(node) not in called]
        self.symbols = tuple(dict.fromkeys(names))

    def value(self, binding: Mapping[str, Fraction]) -> Any:
        """An exact fraction, a float where it must be (log2), or a tuple of these for a shape. Raises LedgerError."""
        evaluator = Evaluator(operators=OPERATORS, functions=dict(FUNCTIONS), names=dict(binding))  # simpleeval adds to it
        try:
            return plain(evaluator.eval(self.text, previously_parsed=self._tree))
        except LedgerError:
            raise
        except simpleeval.NameNotDefined as error:
            raise LedgerError(f"`{self.text}` uses {error.name!r}, which is no symbol here") from error
        except ZeroDivisionError as error:
            raise LedgerError(f"`{self.text}` divides by zero") from error
        except (simpleeval.InvalidExpression, TypeError, ValueError, OverflowError, AttributeError) as error:
            reason = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
            raise LedgerError(f"`{self.text}` cannot be evaluated: {reason}") from error
        except (RecursionError, MemoryError) as error:
            raise LedgerError(f"`{self.text}` is too deep to evaluate") from error


class Evaluator(simpleeval.EvalWithCompoundTypes):  # type: ignore[misc]
    """simpleeval with exact numbers: every literal becomes a Fraction. No attributes, no comprehensions, no text."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        allowed = (ast.Expr, ast.Expression, ast.Constant, ast.Name, ast.BinOp, ast.UnaryOp, ast.Call, ast.List, ast.Tuple)
        nodes: dict[type[ast.AST], Any] = vars(self)["nodes"]
        self.nodes = {kind: handler for kind, handler in nodes.items() if issubclass(kind, allowed)}
        self.nodes[ast.Constant] = self._number

    @staticmethod
    def _number(node: ast.Constant) -> Fraction:
        if isinstance(node.value, bool) or not isinstance(node.value, int | float):
            raise LedgerError(f"{node.value!r} is not a number")
        if isinstance(node.value, float) and not math.isfinite(node.value):
            raise LedgerError(f"{node.value!r} is not a finite number")
        return Fraction(repr(node.value))  # by the decimal digits written: 0.1 is a tenth


def power(base: Any, exponent: Any) -> Any:
    if abs(exponent) > MAX_EXPONENT:
        raise LedgerError(f"the exponent {show(exponent)} is beyond {MAX_EXPONENT}")
    return bounded(base**exponent)


def multiply(left: Any, right: Any) -> Any:
    if isinstance(left, list | tuple) or isinstance(right, list | tuple):
        raise LedgerError("a shape cannot be multiplied")
    return bounded(left * right)


def bounded(value: Any) -> Any:
    if isinstance(value, Fraction) and max(value.numerator.bit_length(), value.denominator.bit_length()) > MAX_BITS:
        raise LedgerError("a number grows beyond all bounds")
    return value


def rounding(function: Any) -> Any:
    return lambda value: Fraction(function(value))


OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: multiply,
    ast.Div: operator.truediv,
    ast.FloorDiv: lambda left, right: Fraction(left // right),
    ast.Mod: operator.mod,
    ast.Pow: power,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}
FUNCTIONS = {
    "ceil": rounding(math.ceil),
    "floor": rounding(math.floor),
    "min": min,
    "max": max,
    "log2": lambda value: math.log2(value),
}


def plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return tuple(plain(item) for item in value)
    if isinstance(value, Fraction | int):
        return Fraction(value)
    if isinstance(value, float) and math.isfinite(value):
        return value
    raise LedgerError("the value is not a number or a shape")


def same(left: Any, right: Any) -> bool:
    """Exact for fractions; 1e-9 relative where a float (log2) takes part."""
    if isinstance(left, tuple) or isinstance(right, tuple):
        return type(left) is type(right) and len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, float) or isinstance(right, float):
        return math.isclose(float(left), float(right), rel_tol=1e-9)
    return bool(left == right)


def show(value: Any) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(show(item) for item in value) + "]"
    if isinstance(value, Fraction) and value.denominator == 1:
        return str(value.numerator)
    return f"{float(value):.6g}"
