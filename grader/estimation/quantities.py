"""Reading a quantity as a person writes it: `31.4 GB`, `1,200 tok/s`, `2*7e9 B`, `37 %`, `2.1x`.

A bare number is read in the unit that the row asks for, which is always shown beside the row.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fractions import Fraction

from grader.errors import LedgerError
from grader.estimation.units import PLAIN, SHARES, Unit, UnknownUnit, readings
from grader.ledger import Expression
from grader.printable import printable

MAX_CHARS = 100
LARGEST = Fraction(10) ** 40
TOKEN = re.compile(
    r"(?P<number>(?:[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])|[0-9]+(?:_[0-9]+)*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|\.[0-9]+(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<operator>\*\*|[-+*/()^×·]|x(?=\s*[0-9(]))"
    r"|(?P<space>\s+)"
)
AS_PYTHON = {"×": "*", "·": "*", "x": "*", "^": "**"}


class Unreadable(ValueError):
    """Text that is no quantity; the message is for the person who wrote it."""


class WrongUnit(Unreadable):
    """A quantity of another kind than is asked for."""


@dataclass(frozen=True)
class Quantity:
    """What was read, in base units (byte, second, FLOP)."""

    value: Fraction
    unit: Unit | None
    """None for a bare number."""


def read(text: str, asked: Unit) -> Quantity:
    """Read one answer.

    Args:
        text: As written.
        asked: The row's unit: it gives a bare number its meaning and settles what can be read in two ways.

    Raises:
        Unreadable: It is no quantity, or negative, or beyond 1e40 base units.
        WrongUnit: It is one of another kind.
    """
    if len(text) > MAX_CHARS:
        raise Unreadable(f"an answer has at most {MAX_CHARS} characters")
    text = text.strip().lstrip("~≈=").rstrip(".").strip()
    expression, unit_text = split(text)
    number = evaluate(expression)
    unit = choose(unit_text, asked) if unit_text else None
    value = number * (unit or asked).factor
    if value < 0:
        raise Unreadable("nothing here is negative")
    if value > LARGEST:
        raise Unreadable("the number is beyond all bounds")
    return Quantity(value, unit)


def split(text: str) -> tuple[str, str]:
    """The arithmetic, as Python writes it, and the unit's text. Raises Unreadable."""
    tokens: list[tuple[str, str]] = []
    position = 0
    while match := TOKEN.match(text, position):
        if match["number"] and tokens and tokens[-1][0] == "number":
            raise Unreadable(f"two numbers in a row in {text!r}: write 1200 or 1,200")
        if not match["space"]:
            tokens.append(("number" if match["number"] else "operator", match[0]))
        position = match.end()
    rest = text[position:].strip()
    if tokens and tokens[-1][1] in ("/", "×") and len(tokens) > 1:  # 1200 /s, 2.1 ×
        rest = tokens.pop()[1] + rest
    if rest.startswith(",") or re.match(r"_?[0-9]|\.", rest):
        raise Unreadable(f"{printable(text)!r} is no number: the decimal sign is a point, and a comma parts three digits")
    if not any(kind == "number" for kind, _ in tokens):
        raise Unreadable(f"{printable(text)!r} has no number in it")
    spelled = "".join(token.replace(",", "").replace("_", "") if kind == "number" else AS_PYTHON.get(token, token)
                      for kind, token in tokens)  # fmt: skip
    return spelled, rest


def evaluate(expression: str) -> Fraction:
    """The value of the arithmetic. Raises Unreadable."""
    plain = re.sub(r"(?<![0-9.])0+(?=[0-9])", "", expression)  # Python refuses 007
    try:
        value = Expression(plain).value({})
    except LedgerError as error:
        raise Unreadable(f"`{expression}` cannot be computed: numbers, + - * / ** and parentheses are read") from error
    if isinstance(value, tuple):
        raise Unreadable("that is a list of numbers; one is asked for")
    return Fraction(value)


def choose(text: str, asked: Unit) -> Unit:
    """The reading of a unit's text that measures what is asked for. Raises Unreadable, WrongUnit."""
    try:
        found = readings(text)
    except UnknownUnit as error:
        raise Unreadable(f"{printable(str(error))}; {asked.text or 'a plain number'} is asked for") from error
    for unit in found:
        if unit.dimension == asked.dimension:
            return replace(unit, text=text)
    raise WrongUnit(f"{text} is {found[0].kind}, the row asks for {asked.kind} ({asked.text or 'no unit'})")


def is_share(unit: Unit) -> bool:
    """True for a percentage, which may be written as a fraction too."""
    return unit.dimension == PLAIN and unit.text in SHARES


def show_number(value: Fraction) -> str:
    """For people: whole numbers and short decimals exactly, all else to four digits; 1e7 and more by exponent.

    1200 is `1,200`, 0.85 is `0.85`, 131072 is `131,072`, 31.40625 is `31.41`, 8030000000 is `8.03e9`.
    """
    if value == 0:
        return "0"
    size = abs(value)
    if value.denominator == 1 and size < 10**7:
        return f"{int(value):,}"
    if Fraction(1, 1000) <= size < 10**7:
        for digits in range(7):
            if value * 10**digits == int(value * 10**digits) and size * 10**digits < 10**6:
                return f"{float(value):,.{digits}f}"
        whole_digits = len(str(int(size))) if size >= 1 else 0
        leading = 0 if size >= Fraction(1, 10) else 1 if size >= Fraction(1, 100) else 2
        shown = f"{float(value):,.{max(0, 4 - whole_digits + (leading if not whole_digits else 0))}f}"
        return shown.rstrip("0").rstrip(".") if "." in shown else shown
    mantissa, exponent = f"{float(value):.3e}".split("e")
    return f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"


def show(value: Fraction, unit: str) -> str:
    """A value in a unit, for people."""
    return f"{show_number(value)}{'' if unit in ('x', '') else ' '}{unit}"
