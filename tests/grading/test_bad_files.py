"""Whatever file is handed in, the answer says which way it is bad, with the documented exit status and no traceback of ours."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from grader.submission import MAX_BYTES, UnusableFile, read_submission


def make(folder: Path, kind: str) -> Path:
    path = folder / "dpo_loss.py"
    match kind:
        case "missing":
            pass
        case "empty":
            path.write_bytes(b"")
        case "blank":
            path.write_bytes(b" \n\n")
        case "binary":
            path.write_bytes(b"\x7fELF\0\0\0")
        case "latin-1":
            path.write_bytes("# drill: dpo_loss é".encode("latin-1"))
        case "too long":
            path.write_bytes(b"#" * (MAX_BYTES + 1))
        case "symlink":
            (folder / "real.py").write_text("x = 1")
            path.symlink_to(folder / "real.py")
        case "dangling symlink":
            path.symlink_to(folder / "nowhere.py")
        case "folder":
            path.mkdir()
        case "pipe":
            os.mkfifo(path)
        case "socket":
            socket.socket(socket.AF_UNIX).bind(str(path))
        case "device":
            return Path("/dev/zero")
    return path


KINDS = {
    "missing": "no such file",
    "empty": "empty",
    "blank": "empty",
    "binary": "binary",
    "latin-1": "not UTF-8",
    "too long": "256 KiB",
    "symlink": "symbolic link",
    "dangling symlink": "symbolic link",
    "folder": "folder",
    "pipe": "special file",
    "socket": "special file",
    "device": "special file",
}


@pytest.mark.parametrize(("kind", "words"), KINDS.items())
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_an_unusable_file_is_named_for_what_it_is(tmp_path: Path, kind: str, words: str) -> None:
    path = make(tmp_path, kind)

    with pytest.raises(UnusableFile, match=words):
        read_submission(str(path))


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
def test_an_unreadable_file_is_named_for_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "secret.py"
    path.write_text("x = 1")
    path.chmod(0)

    with pytest.raises(UnusableFile, match="permission denied"):
        read_submission(str(path))


def test_a_file_of_the_largest_size_is_read(tmp_path: Path) -> None:
    path = tmp_path / "big.py"
    path.write_bytes(b"#" * MAX_BYTES)

    assert len(read_submission(str(path)).source) == MAX_BYTES


def test_a_byte_order_mark_and_windows_lines_are_read(tmp_path: Path) -> None:
    path = tmp_path / "win.py"
    path.write_bytes(b"\xef\xbb\xbf# drill: dpo_loss\r\nx = 1\r\n")

    submission = read_submission(str(path))

    assert submission.named_drill == "dpo_loss"
    assert submission.source == "# drill: dpo_loss\nx = 1\n"


def test_bad_files_end_the_command_with_2_and_a_clear_message(tmp_path: Path, drill_command) -> None:
    paths = [make(tmp_path / kind.replace(" ", "_"), kind) for kind in ("missing",)]
    (tmp_path / "empty").mkdir()
    (tmp_path / "folder").mkdir()
    paths += [make(tmp_path / "empty", "empty"), make(tmp_path / "folder", "folder")]

    ran = drill_command("grade", "--format", "json", *map(str, paths))

    assert ran.status == 2
    assert len(ran.out.splitlines()) == len(paths)
    assert all('"verdict":"rejected"' in line for line in ran.out.splitlines())
    assert "Traceback" not in ran.out + ran.err


BAD_SOURCES = {
    "syntax error": ("def dpo_loss(:\n", "rejected", "line 1"),
    "null in a string escape is fine but not this": ("x = '\n", "rejected", "line 1"),
    "deep nesting": ("x = " + "(" * 5000 + ")" * 5000, "rejected", "not valid Python"),
    "endless operators": ("x = " + "-" * 100_000 + "1", "rejected", ""),
    "no entry point": ("x = 1\n", "failed", ""),
    "entry point is no function": ("dpo_loss = 3\n", "failed", ""),
    "other signature": ("def dpo_loss(a, b):\n    return a\n", "failed", ""),
    "raises on import": ("def dpo_loss(): ...\nraise RuntimeError('boom')\n", "crashed", "RuntimeError"),
    "exits on import": ("import sys\nsys.exit(0)\n", "crashed", "SystemExit"),
    "leaves on import": ("import os\nos._exit(0)\n", "crashed", "while loading"),
    "hangs on import": ("while True: pass\n", "timed_out", "too long to load"),
    "sleeps on import": ("import time\ntime.sleep(1e6)\n", "timed_out", "too long to load"),
    "imports what is not there": ("import not_installed_anywhere\n", "crashed", "ModuleNotFoundError"),
    "eats all memory on import": ("x = [bytearray(1 << 25) for _ in range(1000)]\n", "out_of_memory", "MemoryError"),
    "recurses without end on import": ("def f(): f()\nf()\n", "crashed", "RecursionError"),
    "kills itself on import": ("import ctypes\nctypes.string_at(0)\n", "crashed", "SIGSEGV"),
}


@pytest.mark.parametrize(("source", "verdict", "words"), BAD_SOURCES.values(), ids=list(BAD_SOURCES))
def test_a_file_that_does_not_load_says_why(grade, source: str, verdict: str, words: str) -> None:
    result = grade("dpo_loss", source)

    assert (result.verdict, result.passed) == (verdict, False)
    assert words in result.message
    if verdict == "failed":
        loads = next(check for check in result.checks if check.id == "loads")
        assert loads.outcome == "failed"
        assert "dpo_loss" in loads.message


def test_a_missing_entry_point_leaves_every_other_check_not_run(grade) -> None:
    result = grade("dpo_loss", "x = 1\n")

    assert {check.outcome for check in result.checks if check.family != "ledger" and check.id != "loads"} == {"not_run"}
    assert result.score == 0


def test_a_starter_fails_cleanly(grade, catalogue) -> None:
    result = grade("dpo_loss", catalogue.find("dpo_loss").read("starter.py"))

    assert result.verdict == "failed"
    assert any("NotImplementedError" in check.message for check in result.checks)
