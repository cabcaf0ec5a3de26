"""A broken round file is answered with file, key, value and what is allowed; a gate proves the whole ones sound."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.authoring.rounds import check_round
from grader.catalogue import Catalogue, open_catalogue
from grader.errors import CatalogueError, UnknownDrill
from grader.estimation.draw import draw
from grader.estimation.template import load
from tests.estimation.conftest import GOOD


def test_a_good_file_is_read_and_sound(write_round) -> None:
    entry = write_round(GOOD)

    assert load(entry).file.title == "A small round"
    assert check_round(entry, quick=True).errors == []


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('difficulty = "easy"', 'difficulty = "trivial"', ["difficulty", "trivial", "easy, medium, hard"]),
        ("par_minutes = 3", "par_minutes = 0", ["par_minutes = 0", "1 to 60"]),
        ('title = "A small round"', 'titel = "x"', ["unknown key 'titel'", "title"]),
        ("choices = [2, 4.5, 8]", "choices = []", ["variables.speed.choices", "[]", "at least one"]),
        ("choices = [2, 4.5, 8]", 'choices = ["two"]', ["variables.speed.choices", "two"]),
        ("choices = [2, 4.5, 8]", 'value = "2"\nrange = [1, 2]', ["not TOML"]),
        ("{ choices = [2, 4.5, 8] }", '{ value = "2", range = [1, 2] }', ["variables.speed", "exactly one of choices, range"]),
        ("range = [100, 900]", "range = [900, 100]", ["variables.size.range = [900, 100]", "low < high"]),
        ("step = 10", "step = 0", ["variables.size.step = 0", "above 0"]),
        ("[2, 4096], log", "[0, 4096], log", ["variables.ranks.range", "above 0 with log"]),
        ('value = "size / speed"', 'value = "size / sped"', ["variables.seconds.value", "size / sped", "allowed: ranks, sec"]),
        ('value = "size / speed"', 'value = "2 * seconds"', ["variables.seconds.value", "depends on itself"]),
        ('value = "size / speed"', 'value = "size /"', ["variables.seconds.value", "size /", "not an expression"]),
        ('value = "size / speed"', "value = \"__import__('os')\"", ["variables.seconds.value"]),
        ('value = "size / speed"', 'value = "sqrt(size)"', ["variables.seconds.value", "unknown function", "ceil, floor"]),
        ("step = 10", "stepp = 10", ["variables.size: unknown key 'stepp'", "choices, range, step"]),
        ('unit = "GB"', 'unit = "furlong"', ["rows[1].unit", "furlong", "no unit"]),
        ('name = "used"', 'name = "Used!"', ["rows[1].name", "Used!", "small letters"]),
        ('name = "used"', 'name = "time"', ["rows = ", "different names"]),
        ('value = "share * size"', 'value = "gpu * size"', ["rows[1].value", "gpu * size", "'gpu' is no number"]),
        ('value = "5 * seconds"', 'value = "5 * hours"', ["rows[0].slips[0].value", "5 * hours"]),
        ("not {{ value }}", "not {{ valeu }}", ["rows[0].slips[0].message", "valeu", "allowed"]),
        ("Time to read {{ size }}", "Time to read {{ value }}", ["rows[0].question", "value", "allowed"]),
        ("{{ size }} GB at", "{{ size } GB at", ["scenario", "line 1"]),
        ('requires = ["1 < size / speed < 1000"]', 'requires = ["size"]', ["requires[0]", "not a comparison"]),
        ('requires = ["1 < size / speed < 1000"]', 'requires = ["1 < siz"]', ["requires[0]", "siz", "allowed"]),
        ('gpu = "Two"', "gpu = 2", ["cases.gpu[1]", "keys of the first table"]),
        ('gpu = "Two"', 'gpu = "Two"\nsize = 5', ["cases.gpu[1]"]),
        ("ranks = {", "value = {", ["variables.value"]),
    ],
)
def test_an_error_names_file_key_value_and_what_is_allowed(write_round, old: str, new: str, words: list[str]) -> None:
    assert old in GOOD
    entry = write_round(GOOD.replace(old, new))

    with pytest.raises(CatalogueError) as caught:
        load(entry)

    for word in [str(entry.path), *words]:
        assert word in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('value = "5 * seconds"', 'value = "1.01 * seconds"', "the right value and read_five_times are within 2 %"),
        ('requires = ["1 < size / speed < 1000"]', 'requires = ["size < speed"]', "`size < speed` does not hold"),
        ('value = "share * size"', 'value = "share - size"', "not above 0"),
        ('value = "share * size"', 'value = "[size, 2]"', "used is a list"),
        ('value = "share * size"', 'value = "size / (speed - speed)"', "divides by zero"),
    ],
)
def test_a_template_without_a_sound_draw_says_why(write_round, old: str, new: str, words: str) -> None:
    entry = write_round(GOOD.replace(old, new))

    with pytest.raises(CatalogueError) as caught:
        draw(load(entry), 1)

    assert words in str(caught.value)
    assert check_round(entry, quick=True).errors == [str(caught.value).replace(" 1:", " 0:")] or not check_round(entry).sound


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("{{ share }} of it", "some of it", "row used needs share, which neither the scenario nor its question shows"),
        ("at {{ speed }} GB/s", "at some GB/s", "row time needs speed"),
        ("{{ value }} of {{ ranks }}", "{{ value }}", "the variable ranks is not used"),
        ("choices = [2, 4.5, 8]", "choices = [2]", "different scenarios"),
        ('value = "5 * seconds"', 'value = "0 - seconds"', "the slip read_five_times gives"),
        ("Used share", " ", "a text is empty"),
        ('value = "share * size"', 'value = "10**45 * share * size"', "is unreadable, the right value is"),
        ('value = "5 * seconds"', 'value = "10**45 * seconds"', "s) is graded unreadable, slip None"),
    ],
)
def test_the_gate_finds_what_makes_a_round_unfair(write_round, old: str, new: str, words: str) -> None:
    text = GOOD.replace("[100, 900]", "[100, 110]").replace(", over {{ ranks }} ranks", "").replace("[0.3, 0.7]", "[0.3, 0.35]")
    assert old in text

    report = check_round(write_round(text.replace(old, new)), quick=True)

    assert any(words in error for error in report.errors), report.errors


@pytest.mark.parametrize("entry", open_catalogue().rounds, ids=lambda entry: entry.name)
def test_a_shipped_round_is_sound(entry) -> None:
    assert check_round(entry, quick=True).errors == []


def test_a_folder_of_rounds_is_no_drill_and_a_deck_may_hold_rounds_alone(write_round, tmp_path: Path) -> None:
    entry = write_round(GOOD)
    (entry.path.parent / "notes.txt").write_text("no round")
    (entry.path.parent / "drill.toml").write_text("")
    catalogue = Catalogue(tmp_path / "own")

    assert [deck.name for deck in catalogue.decks] == ["deck"]
    assert list(catalogue) == []
    assert {each.name for each in catalogue.rounds} == {"small", "drill"}


def test_round_names_are_unique_and_unknown_ones_get_a_hint(write_round, tmp_path: Path) -> None:
    write_round(GOOD)
    with pytest.raises(UnknownDrill, match="there is no round 'smal'\nhint: did you mean small"):
        Catalogue(tmp_path / "own").find_round("smal")

    with pytest.raises(CatalogueError, match="has this name too"):
        write_round(GOOD, deck="other")


def test_drill_check_takes_rounds_by_name(write_round, drill_command, tmp_path: Path) -> None:
    write_round(GOOD)
    write_round(GOOD.replace("{{ share }} of it", "some of it"), name="unfair")
    env = {"DRILL_PATH": str(tmp_path / "own")}

    sound, unfair = (drill_command("check", "--quick", name, env=env) for name in ("small", "unfair"))

    assert (sound.status, sound.out) == (0, "small: sound, 20 draws\n")
    assert unfair.status == 1
    assert "unfair: NOT SOUND" in unfair.out


def test_the_example_of_the_readme_is_sound(write_round) -> None:
    readme = Path(__file__).parents[2] / "drills" / "README.md"
    example = readme.read_text().partition("## Rounds")[2].partition("```toml\n")[2].partition("```")[0]
    head, _, row = example.partition("[[rows]]")
    rows = "".join("[[rows]]" + row.replace('name = "state"', f'name = "state_{number}"') for number in (1, 2, 3))

    assert check_round(write_round(head + rows), quick=True).errors == []
