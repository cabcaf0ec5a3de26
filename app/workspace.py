"""The person's answer files: made from the starter, never overwritten, saved wholly or not at all, watched."""

from __future__ import annotations

import ast
import contextlib
import hashlib
import io
import os
import threading
import time
import unicodedata
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from app.errors import ChangedOutside, WorkspaceError
from app.files import write_atomically
from grader.submission import UnusableFile, read_regular_file

WATCH_DEBOUNCE_MS = 150
WATCH_STEP_MS = 30
MAX_COPIES = 1000


@dataclass(frozen=True)
class FileVersion:
    """Which state of a file was read. Two versions are the same file content when their sha256 agree."""

    sha256: str
    mtime_ns: int
    size_bytes: int


@dataclass(frozen=True)
class Answer:
    """A person's file as it was read."""

    path: Path
    text: str
    version: FileVersion


@dataclass(frozen=True)
class Created:
    """How `create_answer` ended.

    Attributes:
        resumed: There was a file already, and it was left as it is.
        kept: Where the earlier file lies now, when a fresh one was asked for.
    """

    path: Path
    resumed: bool
    kept: Path | None = None


def read_answer(path: Path) -> Answer:
    """Read the file and its version. Raises WorkspaceError for whatever is not one regular UTF-8 file."""
    try:
        data = read_regular_file(str(path))
        text = data.decode("utf-8-sig")
    except (UnusableFile, UnicodeDecodeError) as error:
        why = "it is not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)
        raise WorkspaceError(f"{path}: {why}") from error
    return Answer(path, text, FileVersion(hashlib.sha256(data).hexdigest(), mtime_ns(path), len(data)))


def version_of(path: Path) -> FileVersion | None:
    """The version of the file now; None where there is none that can be read."""
    try:
        return read_answer(path).version
    except WorkspaceError:
        return None


def canonical(path: Path) -> Path:
    """The one path under which a session knows its file, however the folder was named. The file itself is not followed."""
    return Path(os.path.realpath(path.parent)) / path.name


def mtime_ns(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def save_answer(path: Path, text: str, expected: FileVersion | None) -> FileVersion:
    """Save the whole text.

    Args:
        path: The person's file.
        text: All of it.
        expected: The version that the text was made from; None where there was no file.

    Raises:
        ChangedOutside: The file is not that version any more. Read it, and ask which one to keep.
        WorkspaceError: It cannot be written; what stood there still stands there.
    """

    def check() -> None:
        current = None if not path.exists() else read_answer(path).version
        if (current and current.sha256) != (expected and expected.sha256):
            what = "is gone" if current is None else "was changed by another program"
            raise ChangedOutside(f"{path} {what} since it was read\nhint: keep your text, take the file's, or compare the two")

    data = text.encode("utf-8")
    check()
    write_atomically(path, data, check=check)
    return FileVersion(hashlib.sha256(data).hexdigest(), mtime_ns(path), len(data))


def create_answer(path: Path, starter: str, *, fresh: bool = False) -> Created:
    """Write the starter, unless there is a file.

    Args:
        path: Where.
        starter: What to begin with.
        fresh: Begin anew also where there is a file; that is kept under a dated name.
    """
    if path.is_symlink():
        raise WorkspaceError(f"{path} is a symbolic link\nhint: use the file itself: {os.readlink(path)}")
    if path.is_dir():
        raise WorkspaceError(f"{path} is a folder\nhint: move it, or choose another folder with --dir")
    if not path.exists():
        try:
            write_atomically(path, starter.encode("utf-8"), overwrite=False)
        except WorkspaceError:
            if not path.is_file():
                raise
            return Created(path, resumed=True)  # another program was first
        return Created(path, resumed=False)
    if not fresh or read_answer(path).text == starter:
        return Created(path, resumed=not fresh)
    kept = keep_copy(path)
    try:
        write_atomically(path, starter.encode("utf-8"))
    except WorkspaceError:
        with contextlib.suppress(OSError):
            kept.unlink()
        raise
    return Created(path, resumed=False, kept=kept)


def keep_copy(path: Path) -> Path:
    """A second copy of the file beside it, under a name with its date."""
    data = read_regular_file(str(path))
    kept = free_name(path, time.strftime("%Y-%m-%d-%H%M", time.localtime(mtime_ns(path) / 1e9)))
    write_atomically(kept, data, overwrite=False)
    return kept


def free_name(path: Path, mark: str) -> Path:
    """`NAME.MARK.py` beside the file, with a number where that is taken. Raises WorkspaceError when all numbers are."""
    for number in range(1, MAX_COPIES + 1):
        suffix = "" if number == 1 else f"-{number}"
        name = path.with_name(f"{path.stem}.{mark}{suffix}{path.suffix}")
        if not os.path.lexists(name):
            return name
    raise WorkspaceError(f"{path.parent} holds too many copies of {path.name}\nhint: move some away")


def fill_ledger(source: str, entries: Mapping[str, str]) -> str:
    """The file with the person's expressions in the empty rows of its LEDGER; as it was where there is nothing to fill.

    Only values that are empty strings in one literal dictionary are written; what the person wrote stays.
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return source
    rows: list[ast.Dict] = [value for value in map(ledger_literal, tree.body) if value is not None]
    if len(rows) != 1:
        return source
    lines = list(io.StringIO(source, newline=""))  # at the ends of line that Python knows, unlike splitlines
    for key, value in reversed(list(zip(rows[0].keys, rows[0].values, strict=True))):
        if not isinstance(key, ast.Constant) or not isinstance(value, ast.Constant) or value.value != "":
            continue
        written = entries.get(str(key.value), "").strip()
        if not written or value.lineno != value.end_lineno or value.end_col_offset is None:
            continue
        line = lines[value.lineno - 1].encode("utf-8")
        literal = quoted(written).encode("utf-8")
        lines[value.lineno - 1] = (line[: value.col_offset] + literal + line[value.end_col_offset :]).decode("utf-8")
    return "".join(lines)


def ledger_literal(node: ast.stmt) -> ast.Dict | None:
    """The dictionary of `LEDGER = {...}`."""
    match node:
        case ast.Assign(targets=[ast.Name(id="LEDGER")], value=ast.Dict() as literal):
            return literal
        case ast.AnnAssign(target=ast.Name(id="LEDGER"), value=ast.Dict() as literal):
            return literal
    return None


def quoted(text: str) -> str:
    plain = "".join(" " if unicodedata.category(letter) == "Cc" else letter for letter in text)
    escaped = plain.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


async def watch(path: Path) -> AsyncIterator[FileVersion]:
    """Yield the file's version after every change of its content, however an editor writes it."""
    from watchfiles import awatch

    seen = version_of(path)
    async for _ in awatch(
        path.parent, watch_filter=lambda _, name: Path(name).name == path.name, debounce=WATCH_DEBOUNCE_MS,
        step=WATCH_STEP_MS, recursive=False,
    ):  # fmt: skip
        current = version_of(path)
        if current is not None and (seen is None or current.sha256 != seen.sha256):
            yield current
        seen = current or seen


def watch_sync(path: Path, stop: threading.Event | None = None, tick_ms: int = 1000) -> Iterator[FileVersion | None]:
    """The same, for a loop without asyncio: None every `tick_ms` without a change. Ends when `stop` is set or at Ctrl-C."""
    from watchfiles import watch as watch_changes

    seen = version_of(path)
    for _ in watch_changes(
        path.parent, watch_filter=lambda _, name: Path(name).name == path.name, debounce=WATCH_DEBOUNCE_MS,
        step=WATCH_STEP_MS, recursive=False, stop_event=stop, raise_interrupt=False,
        rust_timeout=tick_ms, yield_on_timeout=True,
    ):  # fmt: skip
        current = version_of(path)
        changed = current is not None and (seen is None or current.sha256 != seen.sha256)
        seen = current or seen
        yield current if changed else None
