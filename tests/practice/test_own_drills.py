"""Drills of one's own, in a folder that the settings name: every command knows them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.catalogue import Catalogue

OWN = "own_swiglu"
OWN_ROUND = "own_cache"


@pytest.fixture
def own(tmp_path: Path, catalogue: Catalogue) -> Path:
    """A folder with one drill and one round."""
    root, drill = tmp_path / "own", catalogue.find("swiglu")
    shutil.copytree(drill.folder, root / "drills" / drill.deck / OWN)
    shutil.copytree(drill.solution_folder, root / "solutions" / drill.deck / OWN)
    entry = catalogue.find_round("kv_cache_size")
    rounds = root / "drills" / entry.deck / "rounds"
    rounds.mkdir(parents=True)
    shutil.copy(entry.path.parent.parent / "card.toml", rounds.parent)
    shutil.copy(entry.path, rounds / f"{OWN_ROUND}.toml")
    return root


@pytest.fixture
def drill(drill_command: Callable, tmp_path: Path, own: Path) -> Callable:
    """The command of a person whose settings name that folder."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "settings.toml").write_text(f"drill_folders = [{json.dumps(str(own))}]\n")
    return lambda *arguments, **options: drill_command(*arguments, env={"DRILL_HOME": str(home)}, **options)


@pytest.mark.parametrize("arguments", [
    ["show", OWN], ["list"], ["start", OWN, "--quiet"], ["check", OWN_ROUND, "--quick"], ["estimate", "--list"],
    ["estimate", OWN_ROUND, "--show"], ["doctor"],
], ids=" ".join)  # fmt: skip
def test_a_command_knows_drills_and_rounds_of_the_folders_in_the_settings(drill, own: Path, arguments: list[str]) -> None:
    answered = drill(*arguments)

    assert answered.status == 0
    assert OWN in answered.out or OWN_ROUND in answered.out or str(own) in answered.out


@pytest.mark.parametrize("command", ["grade", "run"])
def test_a_file_is_judged_by_a_drill_of_the_folders_in_the_settings(drill, tmp_path: Path, reference_of, command: str) -> None:
    answer = tmp_path / "answer.py"
    answer.write_text(reference_of("swiglu"))

    assert drill(command, str(answer), "--drill", OWN).status == 0


def test_new_takes_no_name_of_a_drill_in_the_folders_of_the_settings(drill, tmp_path: Path) -> None:
    refused = drill("new", f"decoder/{OWN}", "--in", str(tmp_path / "elsewhere"))

    assert refused.status == 2
    assert "already" in refused.err


def test_new_fills_an_empty_folder_of_the_settings(drill, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    (tmp_path / "home" / "settings.toml").write_text(f"drill_folders = [{json.dumps(str(empty))}]\n")

    assert drill("show", "swiglu").status == 3
    assert drill("new", "decoder/mine", "--in", str(empty)).status == 0
    assert drill("show", "mine").status == 0
