"""Sitting a drill in the app: ledger, code, autosave, two texts, pause, hints, the clock, giving up."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from textual.widgets import Button, Input, Markdown

from app.desk import Desk
from app.practice.clock import ManualClock
from app.settings import Settings
from app.sitting import Sitting
from app.tui.screens.drill import DrillScreen
from app.tui.screens.estimation import EstimationScreen
from app.tui.widgets.clock import ClockLine
from tests.tui.conftest import DRILL, Runner, press, settle, shown, until


@pytest.fixture
def sitting(desk: Desk) -> Sitting:
    """An open session whose ledger is still to be filled in."""
    return desk.start(desk.catalogue.find(DRILL))


@pytest.fixture
def coding(sitting: Sitting) -> Sitting:
    """An open session whose code is open."""
    sitting.skip_ledger()
    return sitting


async def sit(app, pilot, sitting: Sitting) -> DrillScreen:
    app.sit(sitting)
    await settle(app, pilot)
    return next(screen for screen in app.screen_stack if isinstance(screen, DrillScreen))


async def answer(app, pilot, name: str) -> None:
    """Choose an answer of the question that is up."""
    app.screen.query_one(f"#answer-{name}", Button).press()
    await settle(app, pilot)


def editor_of(app):
    return app.screen.query_one("#editor")


def test_the_first_visit_says_what_to_do_and_offers_two_minutes(run_app: Runner, desk: Desk) -> None:
    """Half of a round of four minutes: two of its four rows, and no better than Good, since the others were not asked."""

    async def script(app, pilot) -> None:
        assert "1  Read the scenario" in shown(app) and "3  " in shown(app)
        await press(app, pilot, "enter")
        await until(lambda: isinstance(app.screen, EstimationScreen) and app.screen.round is not None, pilot)
        await settle(app, pilot)
        assert "2 of its 4 rows" in shown(app)
        assert (app.screen.round.par_s, len(app.screen.query(Input))) == (120, 2)
        for row in app.screen.round.rows:
            app.screen.query_one(f"#answer-{row.name}", Input).value = row.expected
        await press(app, pilot, "f9")
        assert "2 of 2 right" in shown(app) and "Good: all right" in shown(app)
        await press(app, pilot, "f6")
        await until(lambda: len(app.screen.query(Input)) == 4, pilot)

    run_app(script)

    assert set(desk.due_of("estimation")) == {desk.first_round().name}


def test_the_first_visit_offers_a_short_drill_too(run_app: Runner, desk: Desk) -> None:
    async def script(app, pilot) -> None:
        await press(app, pilot, "tab", "enter")
        await settle(app, pilot)
        assert isinstance(app.screen, DrillScreen)

    run_app(script)

    assert [each.drill.name for each in desk.open_sittings()] == [desk.first_drill().name]


def test_home_goes_on_with_an_open_session_first(run_app: Runner, desk: Desk, sitting: Sitting) -> None:
    async def script(app, pilot) -> None:
        assert f"go on with {DRILL}" in shown(app)
        await press(app, pilot, "enter")
        assert app.screen.sitting.id == sitting.id

    run_app(script)


def test_a_right_ledger_opens_the_code_and_is_carried_into_the_file(run_app: Runner, desk: Desk, sitting: Sitting) -> None:
    rows = sitting.drill.file.ledger.rows

    async def script(app, pilot) -> None:
        screen = await sit(app, pilot, sitting)
        await press(app, pilot, "f2")
        for row in rows:
            screen.query_one(f"#row-{row.name}", Input).value = row.answer if row is not rows[0] else "1"
        await press(app, pilot, "f5")
        assert "FAIL" in shown(app) and f"{len(rows) - 1} of {len(rows)} rows are right" in shown(app)
        screen.query_one(f"#row-{rows[0].name}", Input).value = rows[0].answer
        await press(app, pilot, "f5")
        assert screen.sitting.session.phase == "code"
        assert rows[0].answer in editor_of(app).text

    run_app(script)

    assert rows[0].answer in sitting.file.read_text()


def test_what_is_written_in_the_ledger_is_kept_without_grading(run_app: Runner, desk: Desk, sitting: Sitting) -> None:
    row = sitting.drill.file.ledger.rows[0]

    async def script(app, pilot) -> None:
        screen = await sit(app, pilot, sitting)
        screen.query_one(f"#row-{row.name}", Input).value = "B * 7"
        await until(lambda: desk.sitting(sitting.id).session.ledger == {row.name: "B * 7"}, pilot)

    run_app(script)


def test_skipping_the_ledger_shows_its_cost_and_asks(run_app: Runner, desk: Desk, sitting: Sitting) -> None:
    async def script(app, pilot) -> None:
        screen = await sit(app, pilot, sitting)
        await press(app, pilot, "ctrl+n")
        assert "costs 10 points" in shown(app)
        await answer(app, pilot, "stay")
        assert screen.sitting.session.phase == "ledger"
        await press(app, pilot, "ctrl+n")
        await answer(app, pilot, "skip")
        assert screen.sitting.session.ledger_skipped

    run_app(script)


def test_typed_code_is_in_the_file_half_a_second_later(run_app: Runner, coding: Sitting) -> None:
    async def script(app, pilot) -> None:
        await sit(app, pilot, coding)
        editor_of(app).text = "# drill: swiglu\nx = 1\n"
        await until(lambda: coding.file.read_text() == "# drill: swiglu\nx = 1\n", pilot)
        await until(lambda: "saved " in shown(app), pilot)  # said just after, by another thread
        assert "saved " in shown(app)

    run_app(script)


def test_leaving_saves_at_once_and_pauses_the_clock(run_app: Runner, desk: Desk, coding: Sitting) -> None:
    async def script(app, pilot) -> None:
        await sit(app, pilot, coding)
        editor_of(app).text = "kept = True\n"
        await press(app, pilot, "ctrl+q")

    run_app(script)

    assert coding.file.read_text() == "kept = True\n"
    assert desk.sitting(coding.id).session.paused


def test_a_file_saved_outside_is_taken_over(run_app: Runner, coding: Sitting) -> None:
    async def script(app, pilot) -> None:
        screen = await sit(app, pilot, coding)
        coding.file.write_text("theirs = 1\n")
        await screen.look_at_file()
        await settle(app, pilot)
        assert editor_of(app).text == "theirs = 1\n"

    run_app(script)


@pytest.mark.parametrize(("keep", "other"), [("mine", "theirs"), ("theirs", "mine")])
def test_of_two_texts_none_is_lost(run_app: Runner, coding: Sitting, keep: str, other: str) -> None:
    there, beside = f"{keep} = 1\n", f"{other} = 1\n"

    async def script(app, pilot) -> None:
        await sit(app, pilot, coding)
        coding.file.write_text("theirs = 1\n")
        editor_of(app).text = "mine = 1\n"
        await until(lambda: "Two versions" in shown(app), pilot)
        await answer(app, pilot, keep)
        assert editor_of(app).text == there

    run_app(script)

    others = [path.read_text() for path in coding.file.parent.iterdir() if path != coding.file]
    assert coding.file.read_text() == there
    assert beside in others


def test_text_that_could_not_be_saved_is_back_after_a_crash(run_app: Runner, desk: Desk, coding: Sitting) -> None:
    coding.save_draft("typed = 'before the crash'\n", None)

    async def script(app, pilot) -> None:
        await sit(app, pilot, coding)
        await until(lambda: "Two versions" in shown(app), pilot)
        await answer(app, pilot, "mine")

    run_app(script)

    assert coding.file.read_text() == "typed = 'before the crash'\n"


def test_an_unwritable_folder_is_told_and_the_text_is_kept(run_app: Runner, desk: Desk, coding: Sitting) -> None:
    async def script(app, pilot) -> None:
        await sit(app, pilot, coding)
        text = coding.file.read_text()
        coding.file.unlink()
        coding.file.mkdir()  # nothing can be saved under this name now
        editor_of(app).text = "y = 2\n"
        await until(lambda: "NOT SAVED" in shown(app), pilot)
        assert desk.sitting(coding.id).draft()[0] == "y = 2\n"
        coding.file.rmdir()
        coding.file.write_text(text)

    run_app(script)


def test_pause_hides_prompt_and_code_and_stops_the_clock(run_app: Runner, clock: ManualClock, coding: Sitting) -> None:
    async def script(app, pilot) -> None:
        screen = await sit(app, pilot, coding)
        await press(app, pilot, "f8")
        left_s = screen.sitting.left_s()
        clock.advance(500)
        assert screen.sitting.left_s() == left_s
        assert "Paused" in shown(app) and "gated feed-forward" not in shown(app)
        await press(app, pilot, "f8")
        assert "gated feed-forward" in shown(app)

    run_app(script)


def test_a_hint_shows_its_cost_first_and_stands_above_the_prompt(run_app: Runner, desk: Desk, coding: Sitting) -> None:
    async def script(app, pilot) -> None:
        await sit(app, pilot, coding)
        await press(app, pilot, "f3")
        assert "costs 5 points" in shown(app)
        assert desk.sitting(coding.id).session.hints == 0
        await answer(app, pilot, "take")
        assert coding.drill.file.hints[0][:30] in shown(app)

    run_app(script)

    assert desk.sitting(coding.id).session.hints == 1


def test_the_clock_counts_down_and_then_up_in_words(run_app: Runner, clock: ManualClock, coding: Sitting) -> None:
    async def script(app, pilot) -> None:
        screen = await sit(app, pilot, coding)
        clock.advance(coding.session.par_s - 65)
        screen.tick()
        assert "1:05 left" in str(screen.query_one(ClockLine).visual)
        clock.advance(145)
        screen.tick()
        await settle(app, pilot)
        assert "over by 1:20" in str(screen.query_one(ClockLine).visual)
        assert screen.sitting.session.went_over

    run_app(script)


def test_time_away_without_a_pause_is_asked_about(run_app: Runner, desk: Desk, clock: ManualClock, coding: Sitting) -> None:
    clock.advance(1000)

    async def script(app, pilot) -> None:
        screen = await sit(app, pilot, coding)
        await until(lambda: "You were away" in shown(app), pilot)
        await answer(app, pilot, "leave_out")
        assert screen.sitting.elapsed_s() < 5

    run_app(script)


def test_what_another_program_did_to_the_session_shows(run_app: Runner, desk: Desk, coding: Sitting) -> None:
    async def script(app, pilot) -> None:
        screen = await sit(app, pilot, coding)
        other = desk.sitting(coding.id)
        other.hint(1)
        other.pause()
        screen.live()
        await settle(app, pilot)
        assert "paused" in shown(app) and "hints 1" in shown(app)
        desk.sitting(coding.id).give_up()
        screen.live()
        await settle(app, pilot)
        assert "gave up" in shown(app)
        await press(app, pilot, "f3")
        assert "costs" not in shown(app)

    run_app(script)


def test_the_editor_follows_the_theme_at_once(run_app: Runner, coding: Sitting) -> None:
    async def script(app, pilot) -> None:
        await sit(app, pilot, coding)
        assert editor_of(app).theme == "vscode_dark"
        app.theme = "drill-light"
        await settle(app, pilot)
        assert editor_of(app).theme == "drill_light"
        app.theme = "ansi-dark"
        await settle(app, pilot)
        assert editor_of(app).theme == "drill_ansi"

    run_app(script)


def test_giving_up_asks_and_then_shows_the_reference(run_app: Runner, desk: Desk, coding: Sitting) -> None:
    async def script(app, pilot) -> None:
        await sit(app, pilot, coding)
        await press(app, pilot, "ctrl+g")
        await answer(app, pilot, "end")
        assert "GIVEN UP" in shown(app)
        await press(app, pilot, "d")
        assert "- yours" in shown(app) and "+ reference" in shown(app)

    run_app(script)

    assert desk.sitting(coding.id).session.ended == "gave_up"


def test_at_110_columns_prompt_and_work_stand_side_by_side(run_app: Runner, coding: Sitting) -> None:
    async def script(app, pilot) -> None:
        screen = await sit(app, pilot, coding)
        prompt, editor = screen.query_one("#prompt", Markdown), editor_of(app)
        assert prompt.region.right <= editor.region.x and editor.region.width > 40
        await pilot.resize_terminal(80, 24)
        await settle(app, pilot)
        assert editor.region.area == 0 or prompt.region.area == 0

    run_app(script, (110, 30))


def test_own_editor_beside_shows_the_path_and_each_save_runs_the_checks(run_app: Runner, desk: Desk, coding: Sitting) -> None:
    run_app.settings = Settings(writing="own_editor_beside")

    async def script(app, pilot) -> None:
        await sit(app, pilot, coding)
        await press(app, pilot, "f2")
        assert str(coding.file)[:40] in shown(app)
        reference = Path(coding.drill.reference).read_text()
        while not any("saved " in line and "public checks pass" in line for line in shown(app).splitlines()):
            coding.file.write_text(reference + f"# {len(reference)}\n")
            reference += "#\n"
            await pilot.pause(1.5)  # the watch may begin after the first save

    run_app(script, grades=True)

    assert desk.sitting(coding.id).session.runs >= 1


def test_where_no_terminal_can_be_lent_the_own_editor_is_explained(run_app: Runner, coding: Sitting) -> None:
    run_app.settings = Settings(editor="true")

    async def script(app, pilot) -> None:
        await sit(app, pilot, coding)
        await press(app, pilot, "ctrl+o")
        assert "no terminal to lend" in shown(app)

    run_app(script)


def test_keys_that_come_before_the_ledger_is_drawn_do_what_they_say(run_app: Runner, sitting: Sitting) -> None:
    async def script(app, pilot) -> None:
        app.sit(sitting)
        for _ in range(100):
            await pilot.press("ctrl+n")
            if "costs 10 points" in shown(app):
                break
            assert "A fault" not in shown(app)
        assert "costs 10 points" in shown(app)

    run_app(script)


def test_a_file_changed_outside_is_taken_over_once_however_many_notice(run_app: Runner, desk: Desk) -> None:
    sitting = desk.start(desk.catalogue.find(DRILL))
    sitting.skip_ledger()

    async def script(app, pilot) -> None:
        app.sit(sitting)
        await settle(app, pilot)
        for number in range(20):
            sitting.file.write_text(f"number = {number}\n")
            await asyncio.gather(*(app.screen.look_at_file() for _ in range(3)), app.screen.save())
            assert app.screen.code.editor.text == f"number = {number}\n"
            assert not app.screen.settling

    run_app(script)

    assert sitting.file.read_text() == "number = 19\n"
