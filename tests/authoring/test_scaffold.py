"""`drill new` writes a drill that is complete but for its substance, and never overwrites."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from grader.authoring.gate import check_drill
from grader.authoring.scaffold import ScaffoldError, parse_signature, scaffold
from grader.catalogue import Catalogue

SIGNATURES = [
    "def f(x: Tensor) -> Tensor",
    "def mix(x: torch.Tensor, y: torch.Tensor, alpha: float) -> torch.Tensor: ...",
    "def count(n: int, share: float, wide: bool = False) -> int",
    "def rate(total: float, name: str) -> float",
]


@pytest.mark.parametrize("text", SIGNATURES)
def test_a_new_drill_lacks_nothing_but_more_solutions(engines, tmp_path: Path, text: str) -> None:
    scaffold(tmp_path, "mine", "fresh", parse_signature(text))

    report = check_drill(engines, Catalogue(tmp_path).find("fresh"), quick=False)

    rest = [error for error in report.errors if "still to be done" not in error]
    assert [error for error in rest if "are due" not in error] == []
    assert len(rest) == 2
    to_do = {error.split(":")[0] for error in report.errors if error not in rest}
    written = (path for path in tmp_path.rglob("*.*") if not path.name.startswith("test_"))
    assert to_do == {str(path) for path in written}
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--isolated", "--line-length=128", "--select=E,F,W,I", str(tmp_path)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


def test_nothing_is_ever_overwritten(tmp_path: Path) -> None:
    scaffold(tmp_path, "mine", "fresh")
    prompt = tmp_path / "drills" / "mine" / "fresh" / "prompt.md"
    card = tmp_path / "drills" / "mine" / "card.toml"
    prompt.write_text("my own words")
    card.write_text(card.read_text().replace("Mine", "Ours"))

    with pytest.raises(ScaffoldError, match="is there already; nothing was written"):
        scaffold(tmp_path, "mine", "fresh")
    scaffold(tmp_path, "mine", "second")

    assert prompt.read_text() == "my own words"
    assert "Ours" in card.read_text()


@pytest.mark.parametrize("text", ["nonsense", "def f()", "def f(x) -> int", "x = 1", "def f(x: Banana) -> Tensor", "class C"])
def test_a_bad_signature_is_a_clear_error(text: str) -> None:
    with pytest.raises(ScaffoldError):
        parse_signature(text)


@pytest.mark.parametrize("name", ["Upper", "1st", "a-b", "x" * 33, "", "../up"])
def test_a_bad_name_is_a_clear_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(ScaffoldError, match="is no name"):
        scaffold(tmp_path, "deck", name)
    assert list(tmp_path.iterdir()) == []


def test_the_command_says_what_it_wrote_and_what_comes_next(drill_command, tmp_path: Path) -> None:
    ran = drill_command("new", "mine/fresh", "--in", str(tmp_path / "own"))

    assert ran.status == 0
    assert len(ran.out.splitlines()) == 9
    assert "drill check fresh" in ran.err
    assert drill_command("new", "mine/fresh", "--in", str(tmp_path / "own")).status == 2
    assert drill_command("new", "attention/gqa_cache", "--in", str(tmp_path / "own")).status == 2
    assert "fresh" in drill_command("list", "--names", env={"DRILL_PATH": str(tmp_path / "own")}).out.split()
