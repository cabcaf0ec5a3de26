"""Opening the record: old, new, broken, foreign, full, read-only, and shared."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from app.errors import StoreError
from app.store import schema
from app.store.database import Database
from app.store.due import read_due_days


def tables(path: Path) -> set[str]:
    connection = sqlite3.connect(path)
    try:
        return {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    finally:
        connection.close()


def test_a_record_is_made_with_its_folder_and_opens_again(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "drill.sqlite3"
    for _ in range(2):
        with Database(path) as database, database.reading() as connection:
            assert connection.execute("PRAGMA user_version").fetchone()[0] == schema.LATEST
            assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
            assert connection.execute("PRAGMA synchronous").fetchone()[0] == 2


def test_a_newer_record_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "drill.sqlite3"
    Database(path).close()
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {schema.LATEST + 1}")
    connection.close()
    before = path.read_bytes()

    with pytest.raises(StoreError, match="newer drill"):
        Database(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"not a database at all, but long enough" * 30, b"SQLite format 3\0" + b"\7" * 500])
def test_a_broken_record_is_refused_and_left_as_it_is(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "drill.sqlite3"
    path.write_bytes(content)

    with pytest.raises(StoreError, match="hint: move it away"):
        Database(path)
    assert path.read_bytes() == content
    assert read_due_days(path) == {}


def test_another_programs_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "drill.sqlite3"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE other (x)")
    connection.close()

    with pytest.raises(StoreError, match="another program"):
        Database(path)
    assert tables(path) == {"other"}


def test_an_older_record_moves_on_step_by_step_and_a_copy_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "drill.sqlite3"
    Database(path).close()
    for module in ("app.store.schema", "app.store.database"):
        monkeypatch.setattr(f"{module}.STEPS", (*schema.STEPS[:1], "CREATE TABLE later (x);\nINSERT INTO later VALUES (1);\n"))
        monkeypatch.setattr(f"{module}.LATEST", 2)
    Database(path).close()

    assert "later" in tables(path)
    assert "later" not in tables(tmp_path / "drill.sqlite3.schema-1")
    assert "sessions" in tables(tmp_path / "drill.sqlite3.schema-1")


def test_a_step_that_fails_leaves_the_record_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "drill.sqlite3"
    Database(path).close()
    with monkeypatch.context() as patch:
        patch.setattr("app.store.database.STEPS", (*schema.STEPS[:1], "CREATE TABLE later (x);\nCREATE TABLE later (x);\n"))
        patch.setattr("app.store.database.LATEST", 2)
        with pytest.raises(StoreError):
            Database(path)

    assert "later" not in tables(path)
    Database(path).close()


def test_what_fails_inside_a_transaction_leaves_no_trace(tmp_path: Path) -> None:
    with Database(tmp_path / "drill.sqlite3") as database:
        with pytest.raises(ZeroDivisionError), database.transaction() as connection:
            connection.execute("INSERT INTO days VALUES ('2026-01-01', 1)")
            _ = 1 / 0
        with database.reading() as connection:
            assert connection.execute("SELECT count(*) FROM days").fetchone()[0] == 0


def test_no_room_is_said_and_what_was_there_stays(tmp_path: Path) -> None:
    path = tmp_path / "drill.sqlite3"
    with Database(path) as database:
        with database.transaction() as connection:
            connection.execute("INSERT INTO days VALUES ('2026-01-01', 1)")
        with database.reading() as connection:
            pages = connection.execute("PRAGMA page_count").fetchone()[0]
            connection.execute(f"PRAGMA max_page_count = {pages + 1}")
        with pytest.raises(StoreError, match="the disk is full"), database.transaction() as connection:
            connection.execute("INSERT INTO texts VALUES ('a', ?)", ("x" * 100_000,))
        with database.reading() as connection:
            assert connection.execute("SELECT count(*) FROM days").fetchone()[0] == 1
            assert connection.execute("SELECT count(*) FROM texts").fetchone()[0] == 0


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(StoreError, match="DRILL_HOME"):
        Database(tmp_path / "file" / "drill.sqlite3")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_said(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(StoreError, match="permissions"):
        Database(tmp_path / "drill.sqlite3")


def test_processes_that_make_the_record_at_once_agree(tmp_path: Path) -> None:
    code = "import sys\nfrom pathlib import Path\nfrom app.store.database import Database\nDatabase(Path(sys.argv[1])).close()"
    path = tmp_path / "drill.sqlite3"
    running = [subprocess.Popen([sys.executable, "-c", code, str(path)], stderr=subprocess.PIPE, text=True) for _ in range(4)]
    errors = [process.communicate(timeout=60)[1] for process in running]

    assert errors == [""] * 4
    assert "sessions" in tables(path)
