"""Decks, cards, estimation rounds, statistics, settings, interview: what each shows, and what it does to the record."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
import pytest
from textual.widgets import Button, Input, Select, TextArea

from app.desk import Desk
from app.home import Home
from app.practice.clock import ManualClock
from app.practice.rating import Rating
from app.practice.schedule import Item
from app.settings import load_settings
from app.tui import diff
from app.tui.screens.deck import DeckScreen
from app.tui.widgets.checklist import Checklist
from grader.result import unscored
from tests.tui.conftest import DRILL, Runner, press, settle, shown, until


def name_of(app) -> str:
    return type(app.screen).__name__


def test_home_says_what_is_due_and_why(run_app: Runner, desk: Desk, clock: ManualClock) -> None:
    desk.record_recall("attention", Rating.AGAIN)
    clock.advance(3 * 86400)

    async def script(app, pilot) -> None:
        text = shown(app)
        assert "Due today (1)" in text and "Card: Attention variants" in text and "due for 2 days" in text

    run_app(script)


def test_home_waits_for_a_record_that_cannot_be_opened_and_says_why(run_app: Runner, home: Home) -> None:
    home.folder.mkdir()
    home.store_path.write_bytes(b"not a record, but longer than a header " * 40)

    async def script(app, pilot) -> None:
        await until(lambda: "cannot be read" in shown(app) and "hint:" in shown(app), pilot)

    run_app(script)

    assert home.store_path.read_bytes().startswith(b"not a record")


def test_a_deck_lists_card_drills_and_rounds_and_enter_starts_one(run_app: Runner, desk: Desk) -> None:
    async def script(app, pilot) -> None:
        await press(app, pilot, "escape", "d", "down", "enter")
        deck = app.screen.deck_name
        text = shown(app)
        assert "Card  its question" in text and "Drill " in text and "min  new" in text
        assert all(entry.name in text for each in desk.catalogue.decks if each.name == deck for entry in each.rounds)
        await press(app, pilot, "enter")
        await until(lambda: name_of(app) == "DrillScreen", pilot)

    run_app(script)

    assert len(desk.open_sittings()) == 1


def test_a_card_keeps_the_answer_shows_ours_and_is_rated(run_app: Runner, desk: Desk) -> None:
    async def script(app, pilot) -> None:
        await press(app, pilot, "escape")
        app.open_item(Item("card", "attention"))
        await until(lambda: name_of(app) == "CardScreen", pilot)
        await settle(app, pilot)
        card = next(deck.card for deck in desk.catalogue.decks if deck.name == "attention")
        assert card.question[:40] in shown(app)
        assert "W_UK" not in shown(app)
        app.screen.query_one("#own-answer", TextArea).text = "heads share keys"
        await press(app, pilot, "f9")
        assert app.screen.query_one(Checklist).points == card.checklist
        await press(app, pilot, "down", "space", "down", "space", "space")
        assert app.screen.query_one(Checklist).ticked == {1}
        app.screen.query_one("#answer-side").scroll_end(animate=False)
        await settle(app, pilot)
        assert "[x] total bytes" in shown(app) and "[ ] elements per token" in shown(app)
        words = " ".join(shown(app).replace("│", " ").split())
        assert all(point in words for point in card.checklist)  # none is cut off
        app.screen.query_one("#answer-side").scroll_home(animate=False)
        await settle(app, pilot)
        assert "Decoding reads the whole KV cache" in shown(app)
        await press(app, pilot, "3")
        await until(lambda: name_of(app) == "HomeScreen", pilot)

    run_app(script, (100, 60))

    assert not desk.home_view().first_run


def test_an_estimation_round_is_graded_and_scheduled(run_app: Runner, desk: Desk) -> None:
    name = desk.catalogue.rounds[0].name

    async def script(app, pilot) -> None:
        await press(app, pilot, "escape")
        app.open_item(Item("estimation", name))
        await until(lambda: name_of(app) == "EstimationScreen" and app.screen.round is not None, pilot)
        await settle(app, pilot)
        first, *others = app.screen.round.rows
        for row in others:
            app.screen.query_one(f"#answer-{row.name}", Input).value = row.expected
        app.screen.query_one(f"#answer-{first.name}", Input).value = "nonsense"
        await press(app, pilot, "f9")
        assert "RIGHT" in shown(app) and "UNREADABLE" in shown(app)
        assert f"{len(others)} of {len(others) + 1} right" in shown(app)
        seed = app.screen.round.seed
        await press(app, pilot, "f6")
        await until(lambda: app.screen.round.seed != seed, pilot)

    run_app(script, (100, 60))

    assert not desk.home_view().first_run


def test_statistics_of_an_empty_record_say_so(run_app: Runner) -> None:
    async def script(app, pilot) -> None:
        await press(app, pilot, "escape", "s")
        assert "0 attempts" in shown(app) and "What comes due" in shown(app)
        await press(app, pilot, "escape")
        assert name_of(app) == "HomeScreen"

    run_app(script)


def test_a_setting_is_kept_at_once(run_app: Runner, home: Home, desk: Desk) -> None:
    async def script(app, pilot) -> None:
        await press(app, pilot, "escape", "comma")
        app.screen.query_one("#theme", Select).value = "drill-light"
        await settle(app, pilot)
        assert app.theme == "drill-light"
        app.screen.query_one("#mode", Select).value = "strict"
        await settle(app, pilot)

    run_app(script)

    settings, problems = load_settings(home.settings_path)
    assert (settings.theme, settings.mode, problems) == ("drill-light", "strict", [])
    assert desk.settings.mode == "strict"


def test_a_folder_of_drills_joins_the_catalogue_and_one_without_drills_is_refused(
    run_app: Runner, home: Home, desk: Desk, tmp_path: Path
) -> None:
    shipped, own = desk.catalogue.find(DRILL), tmp_path / "own"
    shutil.copytree(shipped.folder, own / "drills" / shipped.deck / "own_swiglu")
    shutil.copytree(shipped.solution_folder, own / "solutions" / shipped.deck / "own_swiglu")

    async def script(app, pilot) -> None:
        await press(app, pilot, "escape", "comma")
        folders = app.screen.query_one("#drill_folders", Input)
        folders.focus()
        folders.value = str(tmp_path / "none")
        await press(app, pilot, "enter")
        assert "which has no folders" in " ".join(shown(app).split())
        assert load_settings(home.settings_path)[0].drill_folders == []
        folders.value = str(own)
        await press(app, pilot, "escape")
        await until(lambda: app.settings.drill_folders == [str(own)], pilot)

    run_app(script)

    assert load_settings(home.settings_path)[0].drill_folders == [str(own)]
    assert desk.catalogue.find("own_swiglu").folder.is_relative_to(own)


def test_a_key_is_taken_from_the_keyboard_and_one_that_is_taken_is_refused(run_app: Runner, home: Home) -> None:
    async def script(app, pilot) -> None:
        await press(app, pilot, "escape", "comma")
        keys = app.screen.query_one("#keys")
        keys.focus()
        keys.highlighted = next(n for n, option in enumerate(keys.options) if option.id == "home-decks")
        await press(app, pilot, "enter", "s")
        assert "is the key of home.statistics" in " ".join(shown(app).split())
        await press(app, pilot, "enter", "k")
        await until(lambda: app.settings.keys == {"home.decks": "k"}, pilot)

    run_app(script)

    assert load_settings(home.settings_path)[0].keys == {"home.decks": "k"}


def test_lists_at_home_have_a_marked_row_as_soon_as_they_have_the_focus(run_app: Runner) -> None:
    async def script(app, pilot) -> None:
        await press(app, pilot, "escape", "d", "enter")
        await until(lambda: name_of(app) == "DeckScreen", pilot)

    run_app(script)


@pytest.mark.parametrize("deck", ["decoding", "objectives"])
def test_a_drill_takes_one_line_of_its_deck_at_80_columns(run_app: Runner, desk: Desk, deck: str) -> None:
    """Also the longest titles, of drills that were passed and are due."""
    drills = next(each for each in desk.catalogue.decks if each.name == deck).drills
    for drill in drills:
        sitting = desk.start(drill)
        result = unscored(drill.name, "passed", "", sha256="0" * 64)
        sitting.record_attempt(msgspec.structs.replace(result, passed=True, score=100), "x = 1\n")

    async def script(app, pilot) -> None:
        app.push_screen(DeckScreen(deck))
        await settle(app, pilot)
        assert shown(app).count("passed 100, due ") == len(drills)

    run_app(script)


def test_an_unknown_theme_falls_back_and_is_told(run_app: Runner) -> None:
    run_app.settings = type(run_app.settings)(theme="no-such-theme")

    async def script(app, pilot) -> None:
        assert app.theme == "drill-dark"
        assert any("no-such-theme" in problem for problem in app.key_problems)

    run_app(script)


def test_an_interview_leads_through_its_parts_and_reports(run_app: Runner, desk: Desk) -> None:
    async def script(app, pilot) -> None:
        await press(app, pilot, "escape", "i", "enter")
        assert "begins the part: Estimation" in shown(app)
        await press(app, pilot, "enter")
        await until(lambda: name_of(app) == "EstimationScreen" and app.screen.round is not None, pilot)
        await settle(app, pilot)
        await press(app, pilot, "f9", "escape")
        assert "begins the part: Code" in shown(app)
        await press(app, pilot, "enter")
        await until(lambda: name_of(app) == "DrillScreen", pilot)
        await settle(app, pilot)
        assert app.screen.check_action("hint", ()) is False
        await press(app, pilot, "escape")
        app.screen.query_one("#answer-end", Button).press()
        await until(lambda: "begins the part: Design" in shown(app), pilot)
        await press(app, pilot, "ctrl+g")
        app.screen.query_one("#answer-end", Button).press()
        await until(lambda: "Report" in shown(app), pilot)
        assert "nothing was submitted" in shown(app) and "not reached" in shown(app)

    run_app(script)


def test_both_diffs_hold_every_line_of_both_texts() -> None:
    left, right = "a\nb\nlong " + "x" * 60 + "\n", "a\nc\nd\n"
    beside = diff.side_by_side(left, right, ("yours", "reference"), 60).plain
    below = diff.below(left, right, ("yours", "reference")).plain.splitlines()

    assert "- b" in beside and "+ c" in beside and beside.count("x") == 60
    assert [line for line in below if line.startswith("- ")][1:] == ["- b", "- long " + "x" * 60]
    assert [line for line in below if line.startswith("+ ")] == ["+ c", "+ d"]


def test_next_starts_the_next_best_thing(run_app: Runner, desk: Desk) -> None:
    async def script(app, pilot) -> None:
        await press(app, pilot, "escape")
        app.open_next()
        await until(lambda: name_of(app) != "HomeScreen", pilot)

    run_app(script)


def test_a_drill_that_is_gone_is_told(run_app: Runner) -> None:
    async def script(app, pilot) -> None:
        await press(app, pilot, "escape")
        app.open_item(Item("drill", DRILL + "x"))
        await until(lambda: "there is no drill" in " ".join(shown(app).split()), pilot)

    run_app(script)
