"""What the built-in editor does at a key, as text in and text out: indentation, brackets, comments. Knows no widget."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Callable
from dataclasses import dataclass

INDENT = 4
PAIRS = {"(": ")", "[": "]", "{": "}"}
DEDENTERS = ("return", "pass", "break", "continue", "raise")


def new_line_indent(before: str) -> str:
    """White space for the line after `before`, the text of the current line up to the cursor."""
    indent = before[: len(before) - len(before.lstrip())]
    code = without_comment(before).strip()
    if code.endswith((":", "(", "[", "{")):
        return indent + " " * INDENT
    first = re.match(r"[a-z]*", code)
    if first and first[0] in DEDENTERS and len(indent) >= INDENT and balanced(code):
        return indent[:-INDENT]
    return indent


def without_comment(line: str) -> str:
    """The line without its comment; as it is where it cannot be told (inside a long string)."""
    try:
        for token in tokenize.generate_tokens(io.StringIO(line.strip()).readline):
            if token.type == tokenize.COMMENT:
                return line.strip()[: token.start[1]]
    except (tokenize.TokenError, SyntaxError):
        return line.split("#")[0] if "'" not in line and '"' not in line else line
    return line


def balanced(code: str) -> bool:
    """As many brackets closed as opened."""
    return all(code.count(opening) == code.count(closing) for opening, closing in PAIRS.items())


def closes(character: str, after: str) -> str | None:
    """The closing bracket or quote to put behind the cursor, None where none should be.

    Args:
        character: What was typed.
        after: The text of the line behind the cursor.
    """
    free = not after or after[0] in " \t)]},:"
    if character in PAIRS:
        return PAIRS[character] if free else None
    return None


def steps_over(character: str, before: str, after: str) -> bool:
    """The typed bracket or quote stands behind the cursor already, so the cursor moves over it."""
    if not after or after[0] != character:
        return False
    if character in PAIRS.values():
        opening = next(key for key, value in PAIRS.items() if value == character)
        line = before + after
        return line.count(character) >= line.count(opening)
    return False


@dataclass(frozen=True)
class Lines:
    """Lines after a change, and by how many columns each moved to the right."""

    texts: list[str]
    shifts: list[int]


Change = Callable[[list[str]], Lines]


def toggle_comment(lines: list[str]) -> Lines:
    """Comment all lines out, or in again when all that have text are comments."""
    full = [line for line in lines if line.strip()]
    if full and all(line.lstrip().startswith("#") for line in full):
        texts = [re.sub(r"^(\s*)# ?", r"\1", line, count=1) for line in lines]
    else:
        column = min((len(line) - len(line.lstrip()) for line in full), default=0)
        texts = [f"{line[:column]}# {line[column:]}" if line.strip() or not full else line for line in lines]
    return Lines(texts, [len(new) - len(old) for new, old in zip(texts, lines, strict=True)])


def indent(lines: list[str]) -> Lines:
    texts = [" " * INDENT + line if line.strip() else line for line in lines]
    return Lines(texts, [len(new) - len(old) for new, old in zip(texts, lines, strict=True)])


def dedent(lines: list[str]) -> Lines:
    texts = []
    for line in lines:
        spaces = len(line) - len(line.lstrip(" "))
        texts.append(line[min(spaces, (spaces - 1) % INDENT + 1) :] if spaces else line.removeprefix("\t"))
    return Lines(texts, [len(new) - len(old) for new, old in zip(texts, lines, strict=True)])
