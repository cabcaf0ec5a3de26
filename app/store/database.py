"""Opening the database, moving it to the newest schema, and transactions. Every failure is a StoreError in words."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from app.errors import StoreError
from app.store.schema import APPLICATION_ID, LATEST, STEPS, statements

BUSY_TIMEOUT_S = 5.0
NEEDED_BYTES = 256 << 10
"""With less room than this a failure to write is told as a full disk."""


class Database:
    """One open database. May be used from several threads: one at a time goes in."""

    def __init__(self, path: Path) -> None:
        """Open it, and make it where there is none. Raises StoreError; a file that cannot be used stays as it is."""
        self.path = path
        self._lock = threading.RLock()
        self._depth = 0
        with self.translated():
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise StoreError(f"cannot make {path.parent}: {error.strerror or error}\nhint: set DRILL_HOME to a folder "
                                 "that can be written") from error  # fmt: skip
            self._connection = sqlite3.connect(path, BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
            try:
                self._prepare()
            except BaseException:
                self._connection.close()
                raise

    def _prepare(self) -> None:
        version = self._version()
        mark = self._connection.execute("PRAGMA application_id").fetchone()[0]
        if mark != APPLICATION_ID and (mark or self._connection.execute("SELECT 1 FROM sqlite_master").fetchone()):
            raise StoreError(f"{self.path} is the database of another program\nhint: move it away, or set DRILL_HOME")
        if version > LATEST:
            raise StoreError(
                f"{self.path} was written by a newer drill (schema {version}; this one knows {LATEST}); it was left as it is\n"
                "hint: update drill, or set DRILL_HOME to begin another record"
            )
        self._connection.execute("PRAGMA foreign_keys = ON")
        if version == LATEST and self._connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal":
            self._connection.execute("PRAGMA synchronous = FULL")
            return
        if version:
            self._keep_copy(version)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        while self._migrate_once():
            pass

    def _version(self) -> int:
        return int(self._connection.execute("PRAGMA user_version").fetchone()[0])

    def _migrate_once(self) -> bool:
        """One step in one transaction. Another process may have taken it meanwhile: the version is read inside."""
        with self.transaction() as connection:
            version = self._version()
            if version >= LATEST:
                return False
            for statement in statements(STEPS[version]):
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {version + 1}")
        return True

    def _keep_copy(self, version: int) -> None:
        """A copy of the record as it was before it is changed."""
        copy = self.path.with_name(f"{self.path.name}.schema-{version}")
        if version < LATEST and not copy.exists():
            with contextlib.closing(sqlite3.connect(copy)) as target:
                self._connection.backup(target)

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def __enter__(self) -> Database:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The connection, for reads that need not agree with one another."""
        with self._lock, self.translated():
            yield self._connection

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing, and on disk when it is left. Inside another one it is part of that."""
        with self._lock, self.translated():
            if self._depth:
                yield self._connection
                return
            self._connection.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    self._connection.execute("ROLLBACK")
                raise
            finally:
                self._depth -= 1

    @contextlib.contextmanager
    def translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise explained(self.path, error) from error


def free_bytes(path: Path) -> int:
    try:
        return shutil.disk_usage(path.parent).free
    except OSError:
        return NEEDED_BYTES


def explained(path: Path, error: sqlite3.Error) -> StoreError:
    """What went wrong, and what to do."""
    code = getattr(error, "sqlite_errorcode", None)
    primary = code & 0xFF if isinstance(code, int) else None
    match primary:
        case sqlite3.SQLITE_FULL:
            why, hint = "the disk is full; nothing was lost", "make room and try again"
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM | sqlite3.SQLITE_CANTOPEN:
            why, hint = "it cannot be opened or written here", "check its permissions, or set DRILL_HOME to another folder"
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            why, hint = "another program holds it", "close that, or try again in a moment"
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            why = "it is not a whole database; it was left as it is"
            hint = f"move it away to begin anew; `sqlite3 {path} .recover` may bring back what it holds"
        case sqlite3.SQLITE_IOERR:  # also when there is no room for the files that SQLite keeps beside it
            why, hint = "reading or writing failed", "check the disk"
            if free_bytes(path) < NEEDED_BYTES:
                why, hint = "the disk is full; nothing was lost", "make room and try again"
        case _:
            why, hint = str(error), "this is a fault of drill; the record was left as it was"
    return StoreError(f"the record of practice {path}: {why}\nhint: {hint}")
