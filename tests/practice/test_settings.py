"""Settings: what is wrong is told, and the rest holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.errors import SettingsError
from app.settings import Settings, change_setting, load_settings, save_settings


def test_no_file_means_the_defaults(tmp_path: Path) -> None:
    assert load_settings(tmp_path / "settings.toml") == (Settings(), [])


def test_settings_survive_saving(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "settings.toml"
    settings = Settings("nord", "own_editor_here", "vim -u NONE", "strict", ["/a b"], {"submit": "f5,ctrl+s"}, "none")
    save_settings(path, settings)

    assert load_settings(path) == (settings, [])


@pytest.mark.parametrize(("text", "words"), [
    ('mode = "lax"', ("mode", "'lax'", "strict, relaxed")),
    ("animation = 3", ("animation", "3", "auto, full, none")),
    ('colour = "red"', ("colour", "known keys are")),
    ("keys = [1]", ("keys", "table")),
    ("drill_folders = [1]", ("drill_folders", "list")),
    ("theme = ", ("not TOML",)),
    ("theme = \"\\udead\"", ("not TOML",)),
])  # fmt: skip
def test_a_wrong_value_is_named_and_the_rest_holds(text: str, words: tuple[str, ...], tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(f'editor = "ed"\n{text}\n')
    settings, problems = load_settings(path)

    assert len(problems) == 1
    assert all(word in problems[0] for word in (str(path), *words)), problems
    assert settings.editor == ("ed" if "TOML" not in problems[0] else "")
    assert settings.mode == "relaxed"


def test_a_change_is_checked_and_a_broken_file_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    assert change_setting(path, "mode", "strict").mode == "strict"
    for key, value in (("mode", "lax"), ("colour", "red")):
        with pytest.raises(SettingsError, match="hint"):
            change_setting(path, key, value)
    assert load_settings(path)[0].mode == "strict"
    path.write_text("broken = = 1")
    with pytest.raises(SettingsError):
        change_setting(path, "mode", "strict")
    assert path.read_text() == "broken = = 1"


REMARKED = """# mine
mode = "strict"  # exams are like that

[keys]
# by habit
"drill.submit" = "f5"  # as everywhere
"drill.run" = "f9"
"""


def test_a_change_keeps_remarks_and_order(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(REMARKED)
    change_setting(path, "mode", "relaxed")
    change_setting(path, "theme", "nord")
    change_setting(path, "drill_folders", ["/a"])
    change_setting(path, "keys", {"drill.submit": "f6", "home.decks": "k"})

    assert path.read_text() == """# mine
mode = "relaxed"  # exams are like that
theme = "nord"
drill_folders = ["/a"]

[keys]
# by habit
"drill.submit" = "f6"  # as everywhere
"home.decks" = "k"
"""
    expected = Settings(theme="nord", drill_folders=["/a"], keys={"drill.submit": "f6", "home.decks": "k"})
    assert load_settings(path) == (expected, [])


def test_saving_over_a_wrong_value_of_a_table_mends_it(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("keys = [1]  # no table\n")

    assert change_setting(path, "keys", {"home.decks": "k"}).keys == {"home.decks": "k"}
    assert load_settings(path) == (Settings(keys={"home.decks": "k"}), [])


def test_a_wrong_value_can_be_mended_by_setting_it(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('mode = "lax"\n')

    assert change_setting(path, "mode", "strict").mode == "strict"


def test_the_editor_is_the_persons(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDITOR", "ed -s")
    monkeypatch.delenv("VISUAL", raising=False)

    assert Settings().editor_command() == ["ed", "-s"]
    assert Settings(editor="code --wait").editor_command() == ["code", "--wait"]
    with pytest.raises(SettingsError):
        Settings(editor="'").editor_command()
