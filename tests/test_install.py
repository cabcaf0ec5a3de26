"""The built wheel works from an empty folder, with its drills and solutions, and leaks neither to Python's path."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=ROOT)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new environment with the wheel in it; torch and the rest are borrowed from this one, drill is not."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False, symlinks=True)
    run(sys.executable, "-m", "pip", "--python", folder / "bin" / "python", "install", "-q", "--no-deps", wheel, cwd=folder)
    site = next((folder / "lib").glob("python*")) / "site-packages"
    # A path in a .pth file does not run the .pth files there, so the editable install of this checkout stays out.
    (site / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder


def test_the_wheel_holds_the_data_where_no_import_reaches(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()

    top = {name.split("/")[0] for name in names}
    assert {name for name in top if not name.startswith("drill_trainer-")} == {"grader", "app"}
    for ending in ("drills/attention/gqa_cache/test_hidden.py", "solutions/attention/gqa_cache/reference.py"):
        assert any(name.endswith(f".data/data/share/drill/{ending}") for name in names)
    assert "grader/result.schema.json" in names


def test_the_wheel_grades_from_an_empty_folder(installed: Path, tmp_path: Path) -> None:
    share = installed / "share" / "drill"
    example = share / "solutions" / "attention" / "gqa_cache" / "reference.py"

    assert "gqa_cache" in run(installed / "bin" / "drill", "list", cwd=tmp_path)
    assert str(share) in run(installed / "bin" / "drill", "doctor", cwd=tmp_path)
    assert run(installed / "bin" / "drill", "grade", example, cwd=tmp_path).startswith("PASSED  100 of 100")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["drills", "solutions"])
def test_the_wheel_does_not_let_python_import_the_data(installed: Path, tmp_path: Path, name: str) -> None:
    code = f"import importlib.util, grader; print(grader.__file__); print(importlib.util.find_spec({name!r}))"

    where, spec = run(installed / "bin" / "python", "-c", code, cwd=tmp_path).split()

    assert where.startswith(str(installed))
    assert spec == "None"
