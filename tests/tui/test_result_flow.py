"""Submitting in the app, with the real engine: the verdict, what follows from it, and an engine that is lost."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time

import pytest
from textual.widgets import Button

from app.desk import Desk
from app.practice.clock import ManualClock
from app.settings import Settings
from app.sitting import Sitting
from app.tui.engine import BackgroundEngine, Cancelled
from app.tui.screens.result import ResultScreen
from grader.events import HIDDEN_SUITE
from tests.tui.conftest import DRILL, Runner, press, settle, shown, until


@pytest.fixture
def coding(desk: Desk) -> Sitting:
    sitting = desk.start(desk.catalogue.find(DRILL))
    sitting.skip_ledger()
    return sitting


async def submitted(app, pilot, sitting: Sitting) -> ResultScreen:
    """Submit, and wait for the verdict."""
    app.sit(sitting)
    await settle(app, pilot)
    await press(app, pilot, "f9")
    await until(lambda: isinstance(app.screen, ResultScreen) and not app.screen.grading, pilot)
    await settle(app, pilot)
    screen = app.screen
    assert isinstance(screen, ResultScreen)
    return screen


def test_a_pass_is_shown_recorded_rated_and_opens_the_reference(run_app: Runner, desk: Desk, coding: Sitting) -> None:
    coding.file.write_text(coding.drill.reference.read_text())

    async def script(app, pilot) -> None:
        await submitted(app, pilot, coding)
        text = shown(app)
        assert "PASSED" in text and "PASS  numerics" in text and "Good:" in text
        await press(app, pilot, "o", "home", "enter")
        assert "Again" in shown(app)
        await press(app, pilot, "d")
        assert "reference" in shown(app)

    run_app(script, (80, 50), grades=True)

    assert desk.sitting(coding.id).session.passed
    assert desk.home_view().last[0].score is not None


def test_a_failure_names_the_check_and_leads_back_to_the_code(run_app: Runner, desk: Desk, coding: Sitting) -> None:
    async def script(app, pilot) -> None:
        screen = await submitted(app, pilot, coding)
        text = shown(app)
        assert "FAILED" in text and "FAIL  numerics" in text and "NotImplementedError" in text
        assert screen.check_action("reference", ()) is False
        await press(app, pilot, "d")
        assert app.screen is screen
        await press(app, pilot, "c")
        assert "PASS  contract" in shown(app)
        await press(app, pilot, "r")
        assert type(app.screen).__name__ == "DrillScreen"

    run_app(script, (100, 50), grades=True)

    assert desk.sitting(coding.id).session.submissions == 1


def test_strict_mode_submits_what_is_there_at_zero(run_app: Runner, desk: Desk, clock: ManualClock) -> None:
    sitting = desk.start(desk.catalogue.find(DRILL), mode="strict")
    sitting.skip_ledger()

    async def script(app, pilot) -> None:
        app.sit(sitting)
        await settle(app, pilot)
        drill = app.screen
        clock.advance(sitting.session.par_s)
        drill.tick()
        await until(lambda: isinstance(app.screen, ResultScreen) and not app.screen.grading, pilot)

    run_app(script, grades=True)

    assert desk.sitting(sitting.id).session.ended == "out_of_time"


def test_strict_mode_submits_at_zero_while_ones_own_editor_has_the_terminal(
    run_app: Runner, desk: Desk, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The editor is one that leaves a right answer for zero and goes on writing after it."""
    sitting = desk.start(desk.catalogue.find(DRILL), mode="strict")
    sitting.skip_ledger()

    def edit(command: list[str], check: bool) -> None:
        assert command[-1] == str(sitting.file)
        sitting.file.write_text(sitting.drill.reference.read_text())
        clock.advance(sitting.session.par_s)
        until_s = time.monotonic() + 60
        while not desk.sitting(sitting.id).session.over and time.monotonic() < until_s:
            time.sleep(0.05)
        sitting.file.write_text("spoiled = True\n")

    monkeypatch.setattr("app.tui.screens.drill_file.subprocess.run", edit)
    run_app.settings = Settings(editor="ed")

    async def script(app, pilot) -> None:
        monkeypatch.setattr(app, "suspend", contextlib.nullcontext)
        app.sit(sitting)
        await settle(app, pilot)
        await pilot.press("ctrl+o")
        await until(lambda: isinstance(app.screen, ResultScreen), pilot)
        await settle(app, pilot)
        assert "PASSED" in shown(app)
        assert "while your editor was open" in " ".join(shown(app).split())

    run_app(script, (100, 40), grades=True)

    assert desk.sitting(sitting.id).session.ended == "passed"


def test_a_strict_session_that_nobody_saw_end_is_submitted_when_it_is_opened(
    run_app: Runner, desk: Desk, clock: ManualClock
) -> None:
    sitting = desk.start(desk.catalogue.find(DRILL), mode="strict")
    sitting.skip_ledger()
    clock.advance(sitting.session.par_s + 60)

    async def script(app, pilot) -> None:
        app.sit(sitting)
        await until(lambda: "You were away" in shown(app), pilot)
        app.screen.query_one("#answer-count", Button).press()
        await until(lambda: isinstance(app.screen, ResultScreen) and not app.screen.grading, pilot)
        assert "The time was over 1:00 ago" in " ".join(shown(app).split())

    run_app(script, grades=True)

    assert desk.sitting(sitting.id).session.ended == "out_of_time"


def test_an_engine_that_is_killed_is_started_again_and_gives_the_right_verdict(desk: Desk, coding: Sitting) -> None:
    engine = BackgroundEngine()
    try:
        engine.start()
        os.killpg(engine.pid, signal.SIGKILL)
        coding.file.write_text(coding.drill.reference.read_text())
        graded = engine.grade(coding.file, coding.drill, HIDDEN_SUITE)
    finally:
        engine.close()

    assert graded.result.verdict == "passed"
    assert engine.restarts == 1


def test_a_cancelled_grade_gives_no_result_and_the_next_one_is_right(warm_engine: BackgroundEngine, coding: Sitting) -> None:
    coding.file.write_text("# drill: swiglu\nimport time\ntime.sleep(8)\n")
    outcome: list[str] = []

    def grade() -> None:
        try:
            warm_engine.grade(coding.file, coding.drill, HIDDEN_SUITE)
            outcome.append("graded")
        except Cancelled:
            outcome.append("cancelled")

    warm_engine.start()
    thread = threading.Thread(target=grade)
    thread.start()
    while not warm_engine._lock.locked():
        thread.join(0.01)
    thread.join(0.3)
    warm_engine.cancel(grace_s=0.1)
    thread.join(20)
    coding.file.write_text(coding.drill.reference.read_text())

    assert outcome == ["cancelled"]
    assert warm_engine.grade(coding.file, coding.drill, HIDDEN_SUITE).result.passed
