"""A broken drill.toml is answered with file, key, value and what is allowed."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.authoring.files import words
from grader.catalogue import Catalogue
from grader.errors import CatalogueError, UnknownDrill

GOOD = """
title = "A drill"
summary = "One line."
difficulty = "easy"
par_minutes = 5
entry_points = ["f"]
hints = ["a", "b", "c"]

[rubric.points]
numerics = 90
ledger = 10

[ledger.symbols]
B = { means = "batch" }

[[ledger.rows]]
name = "x"
asks = "shape of x"
answer = "[B]"
"""
CARD = 'title = "Deck"\nnumber = 1\nquestion = "?"\nanswer = "!"\nchecklist = []\n'


def write(root: Path, text: str, name: str = "thing", deck: str = "deck") -> Catalogue:
    folder = root / "drills" / deck / name
    folder.mkdir(parents=True)
    (root / "solutions" / deck / name).mkdir(parents=True)
    (folder / "drill.toml").write_text(text)
    (folder.parent / "card.toml").write_text(CARD)
    return Catalogue(root)


def test_a_good_drill_is_read(tmp_path: Path) -> None:
    drill = write(tmp_path, GOOD).find("thing")

    assert drill.file.title == "A drill"
    assert drill.file.ledger.rows[0].answer == "[B]"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('difficulty = "easy"', 'difficulty = "trivial"', ["difficulty", "trivial", "easy, medium, hard"]),
        ("par_minutes = 5", 'par_minutes = "five"', ["par_minutes", "five", "int"]),
        ("par_minutes = 5", "par_minutes = 0", ["par_minutes", "0", "1 to 240"]),
        ('title = "A drill"', "", ["missing key 'title'"]),
        ('title = "A drill"', 'title = "A drill"\ntitel = "x"', ["unknown key 'titel'", "title"]),
        ('hints = ["a", "b", "c"]', 'hints = ["a"]', ["hints"]),
        ("numerics = 90", "numerics = 80", ["rubric.points", "90", "add up to 100"]),
        ("numerics = 90", "taste = 90", ["rubric.points", "taste", "numerics"]),
        ('entry_points = ["f"]', "entry_points = []", ["entry_points", "at least one"]),
        ('entry_points = ["f"]', 'entry_points = ["not a name"]', ["entry_points", "not a name", "Python name"]),
        ("ledger = 10", "shape = 10", ["rubric.points.ledger"]),
        ('answer = "[B]"', "", ["ledger.rows[0]", "missing key 'answer'"]),
        ('means = "batch"', 'means = "batch", multiple_of = "Q"', ["ledger.symbols.B.multiple_of", "Q", "another symbol"]),
        ('means = "batch"', 'means = "batch", range = [9, 2]', ["ledger.symbols.B.range", "[9, 2]"]),
        ("[rubric.points]", "[rubric.gates]\nnumerics = 200\n[rubric.points]", ["rubric.gates.numerics", "200", "0 to 99"]),
        ("[rubric.points]", "[rubric.points", ["not TOML"]),
    ],
)
def test_an_error_names_file_key_value_and_what_is_allowed(tmp_path: Path, old: str, new: str, words: list[str]) -> None:
    assert old in GOOD
    drill = write(tmp_path, GOOD.replace(old, new)).find("thing")

    with pytest.raises(CatalogueError) as caught:
        _ = drill.file

    for word in [str(drill.folder / "drill.toml"), *words]:
        assert word in str(caught.value)


def test_one_broken_drill_does_not_hide_the_others(tmp_path: Path) -> None:
    write(tmp_path, "nonsense", name="broken")
    catalogue = write(tmp_path, GOOD, name="fine", deck="other")

    assert catalogue.find("fine").file.title == "A drill"


def test_names_are_unique_and_unknown_ones_get_a_hint(tmp_path: Path) -> None:
    catalogue = write(tmp_path, GOOD)
    with pytest.raises(UnknownDrill, match="did you mean thing"):
        catalogue.find("thingy")

    with pytest.raises(CatalogueError, match="is a drill of this name too"):
        write(tmp_path, GOOD, deck="other").find("thing")


def test_every_shipped_drill_and_card_is_valid(catalogue: Catalogue) -> None:
    for deck in catalogue.decks:
        assert deck.card.answer
        for drill in deck.drills:
            prompt = drill.read("prompt.md")
            assert prompt.startswith("# ")
            assert all(name in prompt for name in drill.file.entry_points)
            said = words(prompt)
            assert all(words(phrase) in said for phrases in drill.file.phrases.values() for phrase in phrases), drill.name
            assert drill.read("starter.py").startswith(f"# drill: {drill.name}\n")


def test_folders_of_ones_own_join_the_catalogue(tmp_path: Path, drill_command) -> None:
    write(tmp_path / "mine", GOOD, name="thing", deck="attention")
    write(tmp_path / "ours", GOOD, name="another", deck="ours")
    (tmp_path / "mine" / "drills" / "attention" / "card.toml").unlink()
    env = {"DRILL_PATH": f"{tmp_path / 'mine'}:{tmp_path / 'ours'}"}

    assert {"gqa_cache", "thing", "another"} <= set(drill_command("list", "--names", env=env).out.split())
    assert "thing" not in drill_command("list", "--names").out.split()
    missing = drill_command("list", env={"DRILL_PATH": str(tmp_path / "nowhere")})
    assert missing.status == 3
    assert "nowhere" in missing.err
