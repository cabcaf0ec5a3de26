"""What an honest submission does goes on as ever inside of the confinement."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("honest_work.py")


def names_of_work() -> list[str]:
    """Return the names of the pieces of work, without importing torch here."""
    tree = ast.parse(SCRIPT.read_text())
    (work,) = [node for node in tree.body if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "WORK"]
    assert isinstance(work.value, ast.Tuple)
    return [ast.unparse(element) for element in work.value.elts]


@pytest.fixture(scope="module")
def results() -> dict[str, str | None]:
    """Every result of one run, which imports torch once."""
    command = [sys.executable, "-c", f"import runpy, sys; sys.path.insert(0, {str(SCRIPT.parents[2])!r}); "]
    command[-1] += f"runpy.run_path({str(SCRIPT)!r}, run_name='__main__')"
    finished = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert finished.returncode == 0, finished.stderr
    return dict(json.loads(finished.stdout))


@pytest.mark.parametrize("name", names_of_work())
def test_honest_work_is_done(name: str, results: dict[str, str | None]) -> None:
    """With every layer in force it ends with 0 and no complaint of torch's about the machine."""
    assert results[name] is None, results[name]
