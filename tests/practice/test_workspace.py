"""Answer files: never overwritten, never half written, and a change from outside is seen."""

from __future__ import annotations

import ast
import asyncio
import os
import subprocess
import sys
import threading
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import ChangedOutside, WorkspaceError
from app.workspace import create_answer, fill_ledger, read_answer, save_answer, version_of, watch, watch_sync

STARTER = 'LEDGER = {\n    "a": "",\n    "b": "",\n}\n'


def test_the_starter_is_written_once_and_the_persons_file_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "x.py"

    assert not create_answer(path, STARTER).resumed
    path.write_text("mine")
    assert create_answer(path, STARTER).resumed
    assert path.read_text() == "mine"


def test_a_fresh_start_keeps_every_earlier_file(tmp_path: Path) -> None:
    path = tmp_path / "x.py"
    kept = []
    for text in ("one", "two", "three"):
        create_answer(path, STARTER)
        path.write_text(text)
        kept.append(create_answer(path, STARTER, fresh=True).kept)

    assert [each.read_text() for each in kept if each] == ["one", "two", "three"]
    assert path.read_text() == STARTER


def test_a_change_outside_is_refused_and_both_texts_live(tmp_path: Path) -> None:
    path = tmp_path / "x.py"
    create_answer(path, STARTER)
    read = read_answer(path)
    path.write_text("theirs")

    with pytest.raises(ChangedOutside, match="another program"):
        save_answer(path, "mine", read.version)
    assert path.read_text() == "theirs"
    version = save_answer(path, "mine", version_of(path))
    assert (path.read_text(), version) == ("mine", version_of(path))
    path.unlink()
    with pytest.raises(ChangedOutside, match="gone"):
        save_answer(path, "mine", version)
    assert save_answer(path, "mine", None).size_bytes == 4


def test_a_save_keeps_the_mode_and_leaves_nothing_beside(tmp_path: Path) -> None:
    path = tmp_path / "x.py"
    create_answer(path, STARTER)
    path.chmod(0o600)
    save_answer(path, "new", version_of(path))

    assert path.stat().st_mode & 0o777 == 0o600
    assert os.listdir(tmp_path) == ["x.py"]


def test_links_folders_and_foreign_bytes_are_refused_with_a_hint(tmp_path: Path) -> None:
    target = tmp_path / "target.py"
    target.write_text("precious")
    link = tmp_path / "link.py"
    link.symlink_to(target)
    (tmp_path / "folder.py").mkdir()
    (tmp_path / "latin.py").write_bytes(b"\xe9")

    for attempt in (
        lambda: create_answer(link, STARTER), lambda: save_answer(link, "x", version_of(target)), lambda: read_answer(link),
        lambda: create_answer(tmp_path / "folder.py", STARTER), lambda: read_answer(tmp_path / "latin.py"),
    ):  # fmt: skip
        with pytest.raises(WorkspaceError):
            attempt()
    assert target.read_text() == "precious"


def test_no_room_is_said_and_the_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "x.py"
    path.write_text("precious")
    code = (
        "import resource, sys\nfrom pathlib import Path\nfrom app.workspace import save_answer, version_of\n"
        "path = Path(sys.argv[1])\nresource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try:\n    save_answer(path, 'x' * 5000, version_of(path))\nexcept Exception as error:\n"
        "    print(type(error).__name__, error)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, timeout=60, check=True)

    assert done.stdout.startswith("WorkspaceError cannot write")
    assert "hint:" in done.stdout
    assert path.read_text() == "precious"
    assert os.listdir(tmp_path) == ["x.py"]


def test_a_folder_in_the_way_is_said(tmp_path: Path) -> None:
    (tmp_path / "deck").write_text("a file")

    with pytest.raises(WorkspaceError, match="hint"):
        create_answer(tmp_path / "deck" / "x.py", STARTER)


def test_the_ledger_goes_into_empty_rows_only() -> None:
    source = STARTER.replace('"b": ""', '"b": "mine"')
    filled = fill_ledger(source, {"a": "2 * B", "b": "theirs", "c": "x"})

    assert filled == source.replace('"a": ""', '"a": "2 * B"')
    assert fill_ledger("def broken(", {"a": "1"}) == "def broken("
    assert fill_ledger("x = 1\n", {"a": "1"}) == "x = 1\n"


@given(st.dictionaries(st.sampled_from("ab"), st.text(st.characters(exclude_categories=["Cs"]), max_size=20)))
def test_whatever_is_written_into_a_row_reads_back(entries: dict[str, str]) -> None:
    before = "# grüße\f\u2028\x1c, a\v\n"
    filled = fill_ledger(before + STARTER, entries)
    plain = {name: "".join(" " if unicodedata.category(c) == "Cc" else c for c in text) for name, text in entries.items()}
    tree = ast.parse(filled)
    value = ast.literal_eval(tree.body[0].value)  # type: ignore[attr-defined]

    for name in "ab":
        assert value[name].split() == plain.get(name, "").split()
    assert filled.startswith(before)


def test_watching_sees_a_save_by_rename_and_not_a_touch(tmp_path: Path) -> None:
    path = tmp_path / "x.py"
    path.write_text("one")
    stop = threading.Event()
    seen = []
    changes = watch_sync(path, stop, tick_ms=100)
    assert next(changes) is None
    os.utime(path)
    part = tmp_path / "part"
    part.write_text("two")
    part.replace(path)
    for version in changes:
        if version is not None:
            seen.append(version)
            break
    stop.set()

    assert seen == [version_of(path)]


def test_watching_works_in_a_loop_of_asyncio(tmp_path: Path) -> None:
    path = tmp_path / "x.py"
    path.write_text("one")

    async def first_change() -> object:
        async def write() -> None:
            while True:
                await asyncio.sleep(0.2)
                path.write_text("two")

        writer = asyncio.create_task(write())
        try:
            async for version in watch(path):
                return version
        finally:
            writer.cancel()
        return None

    assert asyncio.run(asyncio.wait_for(first_change(), 30)) == version_of(path)
