"""Two texts side by side, or one below the other where there is no room. Pure; signs, not colours, tell what changed."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from itertools import zip_longest
from typing import NamedTuple

from textual.content import Content


class Row(NamedTuple):
    """One line of a side-by-side diff; None where a side has none."""

    left: str | None
    right: str | None
    same: bool


def rows(left: str, right: str) -> Iterator[Row]:
    """Pair the lines of two texts."""
    mine, theirs = left.splitlines(), right.splitlines()
    matcher = difflib.SequenceMatcher(None, mine, theirs, autojunk=False)
    for tag, left_start, left_end, right_start, right_end in matcher.get_opcodes():
        if tag == "equal":
            yield from (Row(line, line, True) for line in mine[left_start:left_end])
        else:
            pairs = zip_longest(mine[left_start:left_end], theirs[right_start:right_end])
            yield from (Row(one, other, False) for one, other in pairs)


def side_by_side(left: str, right: str, titles: tuple[str, str], columns: int) -> Content:
    """Both texts in columns; `-` marks lines of the left that differ, `+` those of the right. Long lines wrap."""
    width = max(20, (columns - 3) // 2)
    lines = [Content.styled(f"{titles[0]:<{width}} │ {titles[1]}", "bold")]
    for row in rows(left, right):
        one, other = cells(row.left, width, " " if row.same else "-"), cells(row.right, width, " " if row.same else "+")
        for left_cell, right_cell in zip_longest(one, other, fillvalue=" " * width):
            left_style, right_style = ("", "") if row.same else ("$error", "$success")
            lines.append(Content.assemble((left_cell, left_style), (" │ ", "dim"), (right_cell, right_style)))
    return Content("\n").join(lines)


def cells(text: str | None, width: int, sign: str) -> list[str]:
    """A line in pieces of this width, the sign before the first."""
    if text is None:
        return []
    text = text.expandtabs(4)
    inner = width - 2
    pieces = [text[start : start + inner] for start in range(0, len(text), inner)] or [""]
    return [f"{sign if number == 0 else ' '} {piece}".ljust(width) for number, piece in enumerate(pieces)]


def below(left: str, right: str, titles: tuple[str, str]) -> Content:
    """A unified diff with all lines."""
    lines = [Content.styled(f"- {titles[0]}   + {titles[1]}", "bold")]
    pending: list[str] = []
    for row in rows(left, right):
        if row.same:
            lines += [Content.styled(f"+ {text}", "$success") for text in pending]
            pending = []
            lines.append(Content(f"  {row.left}"))
            continue
        if row.left is not None:
            lines.append(Content.styled(f"- {row.left}", "$error"))
        if row.right is not None:
            pending.append(row.right)
    lines += [Content.styled(f"+ {text}", "$success") for text in pending]
    return Content("\n").join(lines)
