"""What a wrong value tells: the slips that a row names, then those that any row knows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from grader.estimation.draw import RoundRow
from grader.estimation.units import PLAIN, SECOND

TOLERANCE = Fraction(1, 100)
"""Relative; of the right value and of a slip's alike."""
BINARY_TOLERANCE = Fraction(1, 200)
"""GiB and GB lie 7 % apart and KiB and kB 2.4 %: less room for chance."""
BINARY = {"KiB for kB": Fraction(1024, 1000), "MiB for MB": Fraction(1024, 1000) ** 2, "GiB for GB": Fraction(1024, 1000) ** 3,
          "TiB for TB": Fraction(1024, 1000) ** 4}  # fmt: skip
BITS_A_BYTE = 8
GENERIC = ("other_row", "binary_prefix", "bits_for_bytes", "unit_scale", "inverse", "percent", "factor_two")


@dataclass(frozen=True)
class Match:
    """A slip that explains a value."""

    name: str
    message: str


def near(value: Fraction, expected: Fraction, tolerance: Fraction = TOLERANCE) -> bool:
    """Within the tolerance, relative to what is expected."""
    return abs(value - expected) <= tolerance * abs(expected)


def explain(value: Fraction, row: RoundRow, rows: Sequence[RoundRow]) -> Match | None:
    """The likeliest slip behind a wrong value.

    Args:
        value: What was answered, in the row's unit.
        row: The row.
        rows: All rows of the round, for a value that belongs to another.
    """
    named = [slip for slip in row.slips if near(value, slip.value)]
    if named:
        closest = min(named, key=lambda slip: abs(value - slip.value))
        return Match(closest.name, closest.message)
    return next(generic(value, row, rows), None)


def generic(value: Fraction, row: RoundRow, rows: Sequence[RoundRow]) -> Iterator[Match]:
    """The slips that any row knows, the surest first."""
    dimension, ratio = row.unit.dimension, value / row.value
    for other in rows:
        same_kind = other is not row and other.unit.dimension == dimension
        if same_kind and near(value * row.unit.factor, other.value * other.unit.factor):
            yield Match("other_row", f"that is the value of the row {other.name}")
    if dimension.byte:
        for words, factor in BINARY.items():
            if near(ratio, factor, BINARY_TOLERANCE) or near(ratio, 1 / factor, BINARY_TOLERANCE):
                yield Match("binary_prefix", f"{words}: 1 GB is 1e9 bytes, 1 GiB is 2**30")
    if dimension.byte or dimension == SECOND:
        for factor in (Fraction(BITS_A_BYTE), Fraction(1, BITS_A_BYTE)):
            if near(ratio, factor):
                yield Match("bits_for_bytes", f"off by a factor of {BITS_A_BYTE}: bits were taken for bytes, or bytes for bits")
    for power in (1, 2, 3, 4):
        for factor in (Fraction(1000) ** power, 1 / Fraction(1000) ** power):
            if near(ratio, factor):
                size = f"{1000**power:,} times too {'much' if factor > 1 else 'little'}"
                yield Match("unit_scale", f"the digits are right, the scale is not: {size}")
    if dimension == PLAIN:
        if near(value * row.value * row.unit.factor**2, Fraction(1)):
            yield Match("inverse", "upside down: that is one over the right value")
        if near(ratio, Fraction(100)) or near(ratio, Fraction(1, 100)):
            yield Match("percent", "off by a factor of 100: a fraction against a percentage")
    if near(ratio, Fraction(2)):
        yield Match("factor_two", "exactly twice too much: what was counted double?")
    if near(ratio, Fraction(1, 2)):
        yield Match("factor_two", "exactly half: what comes in twos here (K and V, multiply and add, two passes)?")
