"""The units of estimation rounds, as people write them: bytes, times, FLOPs and counts, with prefixes and per what.

A table of our own: pint takes 250 ms to import and reads `Gb/s` as gilberts, `b` as barns, and neither `tok` nor `2.1x`.

A unit has a factor to base units and a dimension, the powers of bytes, seconds and FLOPs. Labels (tok, GPU, step, layer) have
none: 12 ms a token is a time, and whoever leaves the label out is right too.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

MAX_FACTORS = 6
OPERATORS = ("/", "*", "·")


class Dimension(NamedTuple):
    """Powers of the base units."""

    byte: int = 0
    second: int = 0
    flop: int = 0

    def times(self, other: Dimension, power: int) -> Dimension:
        return Dimension(*(mine + power * theirs for mine, theirs in zip(self, other, strict=True)))


PLAIN = Dimension()
BYTE, SECOND, FLOP = Dimension(byte=1), Dimension(second=1), Dimension(flop=1)
NAMES = {
    PLAIN: "a plain number",
    BYTE: "an amount of data",
    SECOND: "a time",
    FLOP: "an amount of work (FLOP)",
    Dimension(second=-1): "a rate (per second)",
    Dimension(byte=1, second=-1): "a data rate",
    Dimension(flop=1, second=-1): "a compute rate",
    Dimension(byte=-1, flop=1): "FLOP per byte",
}


class UnknownUnit(ValueError):
    """Text that names no unit; the message is for the person who wrote it."""


@dataclass(frozen=True)
class Unit:
    """One reading of a unit's text."""

    text: str
    factor: Fraction
    """Base units (byte, second, FLOP) in one of this."""
    dimension: Dimension

    @property
    def kind(self) -> str:
        """What it measures, in words."""
        return NAMES.get(self.dimension, "another kind of quantity")


Reading = tuple[Fraction, Dimension]

DECIMAL = {"": 0, "k": 1, "K": 1, "M": 2, "G": 3, "T": 4, "P": 5, "E": 6}
BINARY = {"Ki": 1, "ki": 1, "Mi": 2, "Gi": 3, "Ti": 4, "Pi": 5}
PREFIXES = {prefix: Fraction(1000) ** power for prefix, power in DECIMAL.items()} | {
    prefix: Fraction(1024) ** power for prefix, power in BINARY.items()
}
TIMES: dict[str, int | Fraction] = {
    "s": 1, "sec": 1, "secs": 1, "second": 1, "seconds": 1, "ms": Fraction(1, 10**3), "us": Fraction(1, 10**6),
    "µs": Fraction(1, 10**6), "μs": Fraction(1, 10**6), "ns": Fraction(1, 10**9), "min": 60, "mins": 60, "minute": 60,
    "minutes": 60, "h": 3600, "hr": 3600, "hrs": 3600, "hour": 3600, "hours": 3600, "d": 86400, "day": 86400, "days": 86400,
    "millisecond": Fraction(1, 10**3), "milliseconds": Fraction(1, 10**3), "microsecond": Fraction(1, 10**6),
    "microseconds": Fraction(1, 10**6),
}  # fmt: skip
BYTES = {"B": Fraction(1), "byte": Fraction(1), "bytes": Fraction(1), "Byte": Fraction(1), "Bytes": Fraction(1)}
BITS = {"b": Fraction(1, 8), "bit": Fraction(1, 8), "bits": Fraction(1, 8)}
FLOPS = {"FLOP": FLOP, "flop": FLOP}
AMBIGUOUS_FLOPS = ("FLOPs", "FLOPS", "flops", "Flops")
"""FLOPs or FLOP per second: whichever is asked for."""
NOUNS = (
    "tok", "token", "gpu", "GPU", "rank", "step", "layer", "sequence", "seq", "round", "expert", "param", "parameter",
    "element", "head", "call", "request", "req", "draft", "iteration", "assignment",
)  # fmt: skip
LABELS: dict[str, int | Fraction] = {
    "x": 1, "×": 1, "X": 1, "times": 1, "%": Fraction(1, 100), "percent": Fraction(1, 100), "pct": Fraction(1, 100),
    "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12,
}  # fmt: skip
LABELS.update({noun + plural: 1 for noun in NOUNS for plural in ("", "s")})
SUFFIXES = {"k": 10**3, "K": 10**3, "M": 10**6, "G": 10**9, "B": 10**9, "T": 10**12}
"""Of a count: 7B parameters."""
SHARES = ("%", "percent", "pct")


def readings(text: str) -> list[Unit]:
    """Every way to read a unit's text, the likeliest first. Raises UnknownUnit."""
    written = re.sub(r"(?<=[bBt])ps\b", "/s", re.sub(r"(^|\s)per\s", "/", text)).strip()  # GB per s, Gbps
    parts = [part for part in re.split(r"\s*([/*·])\s*|\s+", written) if part]
    choices: list[list[Reading]] = []
    power = 1
    for position, part in enumerate(parts):
        if part not in OPERATORS:
            found = factor_readings(part, first=position == 0)
            choices.append([(factor**power, PLAIN.times(dimension, power)) for factor, dimension in found])
        elif parts[position + 1 : position + 2] in ([], *([other] for other in OPERATORS)):
            raise UnknownUnit(f"{text.strip()!r} is no unit known here: what follows {part!r}?")
        power = -1 if part == "/" else 1
    if not choices or len(choices) > MAX_FACTORS:
        raise UnknownUnit(f"{text.strip()!r} is no unit known here")
    units = []
    for combination in itertools.product(*choices):
        factor, dimension = Fraction(1), PLAIN
        for part_factor, part_dimension in combination:
            factor, dimension = factor * part_factor, dimension.times(part_dimension, 1)
        units.append(Unit(text.strip(), factor, dimension))
    return units


def factor_readings(part: str, *, first: bool) -> list[Reading]:
    """Readings of one factor. Only the first may be a count's suffix. Raises UnknownUnit."""
    found: list[Reading] = []
    if part in TIMES:
        found.append((Fraction(TIMES[part]), SECOND))
    if part in LABELS:
        found.append((Fraction(LABELS[part]), PLAIN))
    if re.fullmatch("[kmgtp]i?b", part):  # in small letters throughout it means bytes, bits have a capital: Gb, Gbit
        return [(PREFIXES[("k" if part[0] == "k" else part[0].upper()) + part[1:-1]], BYTE)]
    for prefix, scale in PREFIXES.items():
        rest = part[len(prefix):] if part.startswith(prefix) else None
        if rest in BYTES:
            found.append((scale * BYTES[rest], BYTE))
        elif rest in BITS:
            found.append((scale * BITS[rest], BYTE))
        elif rest in FLOPS:
            found.append((scale, FLOP))
        elif rest in AMBIGUOUS_FLOPS:
            found += [(scale, FLOP), (scale, FLOP.times(SECOND, -1))]
        elif prefix and rest in ("tok", "token", "tokens"):
            found.append((scale, PLAIN))
    if first and part in SUFFIXES:
        found.append((Fraction(SUFFIXES[part]), PLAIN))
    if not found:
        hint = ": is it ms, min or million?" if part == "m" else ""
        raise UnknownUnit(f"{part!r} is no unit known here{hint}")
    return found


def parse(text: str) -> Unit:
    """A unit by its first reading, or the plain number for no text. Raises UnknownUnit."""
    return readings(text)[0] if text.strip() else Unit("", Fraction(1), PLAIN)
