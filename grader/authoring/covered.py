"""What of a reference its suite runs: lines and branches, by coverage.py's analysis of the text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from coverage.parser import PythonParser


@dataclass(frozen=True)
class Coverage:
    """Of one file."""

    num_lines: int
    num_branches: int
    missed: tuple[str, ...]
    """What never ran: "line 12", "the way from line 12 to line 15"."""


def coverage_of(source: str, arcs: Iterable[tuple[int, int]]) -> Coverage:
    """Hold what ran against what can run.

    Args:
        source: The text of the file.
        arcs: Pairs of lines, as `events.Covered` has them.
    """
    parser = PythonParser(text=source)
    parser.parse_source()
    ran = set(arcs)
    lines = parser.translate_lines({line for arc in ran for line in arc if line > 0})
    taken = set(parser.translate_arcs(ran))
    exits = parser.exit_counts()
    branches = sorted(arc for arc in parser.arcs() if exits.get(arc[0], 0) > 1)
    missed_lines = sorted(parser.statements - set(lines))
    missed_ways = [
        f"the way from line {start} to {f'line {end}' if end > 0 else 'the end'}"
        for start, end in branches
        if (start, end) not in taken and start not in missed_lines
    ]
    return Coverage(len(parser.statements), len(branches), (*(f"line {line}" for line in missed_lines), *missed_ways))
