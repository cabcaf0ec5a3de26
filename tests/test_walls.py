"""The walls of the house: who may import whom, and who pays for what."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("torch", "pytest", "textual", "numpy", "rich", "asyncio")
ROOT = Path(__file__).parent.parent


def run_python(code: str, cwd: Path) -> str:
    done = subprocess.run([sys.executable, "-c", code], cwd=cwd, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_import_contracts_hold() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("arguments", [["list"], ["show", "gqa_cache"], ["--help"], ["hint", "gqa_cache"], ["grade", "--help"]])
def test_commands_that_do_not_grade_import_nothing_heavy(arguments: list[str], tmp_path: Path) -> None:
    code = (
        "import sys\nfrom app.cli import main\n"
        f"try:\n    main({arguments!r})\nexcept SystemExit:\n    pass\n"
        f"print('HEAVY', sorted(m for m in {HEAVY!r} if m in sys.modules))"
    )

    assert run_python(code, tmp_path).splitlines()[-1] == "HEAVY []"


def test_the_check_for_heavy_imports_can_fail(tmp_path: Path) -> None:
    assert "rich" in run_python(f"import sys, rich\nprint([m for m in {HEAVY!r} if m in sys.modules])", tmp_path)


@pytest.mark.parametrize("name", ["drills", "solutions"])
def test_data_cannot_be_imported(name: str, tmp_path: Path) -> None:
    code = f"import importlib.util\nprint(importlib.util.find_spec({name!r}))"

    assert run_python(code, tmp_path).strip() == "None"


def test_no_module_is_longer_than_400_lines() -> None:
    folders = ("grader", "app", "drills", "solutions", "tests")
    lengths = {p: p.read_text().count("\n") for name in folders for p in (ROOT / name).rglob("*.py")}

    assert [str(path) for path, length in lengths.items() if length > 400] == []


def test_suite_helpers_are_all_exported() -> None:
    suite = importlib.import_module("grader.suite")

    assert sorted(suite.__all__) == sorted(set(suite.__all__))
    assert all(hasattr(suite, name) for name in suite.__all__)
