"""Foreign text made fit to be shown: nothing in it can move a cursor, colour a terminal or break an encoder."""

from __future__ import annotations

REPLACEMENT = "\ufffd"


def printable(text: str) -> str:
    """Line breaks and tabs stay; every other control character and lone surrogate becomes U+FFFD."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c if c in "\n\t" or (c.isprintable() and not "\ud800" <= c <= "\udfff") else REPLACEMENT for c in text)
