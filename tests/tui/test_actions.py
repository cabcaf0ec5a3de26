"""The one table of actions: every part of it holds for bindings, help, palette and settings."""

from __future__ import annotations

import importlib

import pytest

from app.tui import actions
from app.tui.actions import ACTIONS, BY_ID, SCOPES
from tests.tui.conftest import Runner, press, shown

SCREENS = {
    "app": ("app.tui.app", "DrillApp"), "home": ("app.tui.screens.home", "HomeScreen"),
    "deck": ("app.tui.screens.deck", "DeckScreen"),
    "drill": ("app.tui.screens.drill", "DrillScreen"), "editor": ("app.tui.widgets.editor", "CodeEditor"),
    "result": ("app.tui.screens.result", "ResultScreen"), "reference": ("app.tui.screens.reference", "DiffScreen"),
    "card": ("app.tui.screens.card", "CardScreen"), "settings": ("app.tui.screens.settings", "SettingsScreen"),
    "estimation": ("app.tui.screens.estimation", "EstimationScreen"),
    "statistics": ("app.tui.screens.statistics", "StatisticsScreen"),
    "interview": ("app.tui.screens.interview", "InterviewScreen"),
}  # fmt: skip
KITTY_ONLY = ("ctrl+enter", "shift+enter", "alt+", "super+", "ctrl+tab", "ctrl+shift")
ALIASES = ("ctrl+i", "ctrl+m", "ctrl+h", "ctrl+j", "ctrl+left_square_bracket")
"""On a plain terminal these are tab, enter, backspace, newline and escape."""


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
def test_every_action_has_its_method(action: actions.Action) -> None:
    module, name = SCREENS[action.scope]

    assert callable(getattr(getattr(importlib.import_module(module), name), f"action_{action.name}"))


def test_every_scope_is_named() -> None:
    assert set(SCREENS) == set(SCOPES) == {action.scope for action in ACTIONS}


def test_no_default_needs_a_kitty_terminal() -> None:
    keys = [key for action in ACTIONS for key in action.keys.split(",")]

    assert [key for key in keys if key.startswith(KITTY_ONLY) or key in ALIASES] == []


def test_no_two_defaults_meet_on_one_key() -> None:
    assert list(actions.clashes({})) == []
    assert list(actions.clashes({"drill.run": "f9"})) == [("drill.run", "drill.submit", "f9")]
    assert list(actions.clashes({"drill.run": "f1"})) == [("app.help", "drill.run", "f1")]


def test_settings_that_cannot_be_had_are_told_and_left_out() -> None:
    keys, problems = actions.keymap({"home.decks": "x, y", "home.nothing": "z", "home.leave": " "})

    assert keys == {"home.decks": "x,y"}
    assert any("home.nothing" in problem for problem in problems)
    assert any("home.leave" in problem for problem in problems)


def test_a_remapped_key_works_and_the_help_shows_it(run_app: Runner, desk) -> None:
    run_app.settings = type(run_app.settings)(keys={"home.settings": "x"})

    async def script(app, pilot) -> None:
        await press(app, pilot, "escape", "f1")
        assert "x  " in shown(app) and BY_ID["home.settings"].help in shown(app)
        await press(app, pilot, "escape", "comma")
        assert type(app.screen).__name__ == "HomeScreen"
        await press(app, pilot, "x")
        assert type(app.screen).__name__ == "SettingsScreen"

    run_app(script, (100, 40))


def test_the_palette_has_the_actions_of_the_screen(run_app: Runner) -> None:
    async def script(app, pilot) -> None:
        await press(app, pilot, "escape")
        titles = [command.title for command in app.get_system_commands(app.screen)]
        assert "Statistics (s)" in titles and "Help (F1)" in titles

    run_app(script)
