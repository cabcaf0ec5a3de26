"""The days on which items are due, read without opening the record for writing: `drill list` is fast and never makes one."""

from __future__ import annotations

from pathlib import Path


def read_due_days(path: Path) -> dict[str, str]:
    """Item -> day. Empty where there is no record, or none that can be read: a list is no place to complain."""
    if not path.exists():
        return {}
    import contextlib
    import sqlite3

    try:
        with contextlib.closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=1.0)) as connection:
            return dict(connection.execute("SELECT item, due FROM items").fetchall())
    except sqlite3.Error:
        return {}
