"""At zero in strict mode, while an editor has the terminal or nobody is there."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.at_zero import AtZero, late_note
from app.desk import Desk
from app.home import Home
from app.practice.clock import ManualClock
from app.sitting import Sitting
from grader.result import Result, unscored
from grader.submission import Submission

DRILL = "swiglu"
LIMIT_S = 30.0


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def desk(tmp_path: Path, clock: ManualClock) -> Iterator[Desk]:
    with Desk(Home(tmp_path / "home"), clock) as desk:
        yield desk


@pytest.fixture
def strict(desk: Desk) -> Sitting:
    return desk.start(desk.catalogue.find(DRILL), mode="strict")


def failed(submission: Submission) -> Result:
    return unscored(DRILL, "failed", "no", sha256=submission.sha256)


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_what_the_file_holds_at_zero_is_judged_and_ends_the_session(desk: Desk, clock: ManualClock, strict: Sitting) -> None:
    strict.file.write_text("early = 1\n")
    with AtZero(strict, failed) as zero:
        strict.file.write_text("at_zero = 1\n")
        clock.advance(strict.session.par_s)
        until(lambda: desk.sitting(strict.id).session.over)
        strict.file.write_text("late = 1\n")

    assert zero.source == "at_zero = 1\n"
    assert zero.result is not None and zero.result.verdict == "failed"
    assert desk.sitting(strict.id).session.ended == "out_of_time"


def test_nothing_is_judged_before_zero(clock: ManualClock, strict: Sitting) -> None:
    with AtZero(strict, failed) as zero:
        clock.advance(strict.session.par_s - 1)
        time.sleep(0.5)

    assert zero.result is None and not strict.session.over


def test_relaxed_mode_goes_on(desk: Desk, clock: ManualClock) -> None:
    sitting = desk.start(desk.catalogue.find(DRILL), mode="relaxed")
    with AtZero(sitting, failed) as zero:
        clock.advance(sitting.session.par_s + 1)
        time.sleep(0.5)

    assert zero.result is None and not sitting.session.over


def test_a_file_that_cannot_be_graded_is_out_of_time_too(clock: ManualClock, strict: Sitting) -> None:
    strict.file.unlink()
    clock.advance(strict.session.par_s)
    with AtZero(strict, failed) as zero:
        zero.wait()

    assert zero.result is not None and zero.result.verdict == "rejected"
    assert strict.session.ended == "out_of_time"


def test_an_error_of_the_grader_ends_nothing(clock: ManualClock, strict: Sitting) -> None:
    clock.advance(strict.session.par_s)
    with AtZero(strict, lambda _: unscored(DRILL, "grader_error", "lost")) as zero:
        zero.wait()

    assert zero.result is None and not strict.session.over


def test_a_late_submission_says_so_and_whether_the_file_was_changed(clock: ManualClock, strict: Sitting) -> None:
    """Ten minutes after zero; the file was written five minutes before it, then after it."""
    clock.advance(strict.session.par_s)
    zero_s = clock.now().wall_s
    assert late_note(strict) == ""
    clock.advance(600)
    os.utime(strict.file, (zero_s - 300, zero_s - 300))
    assert late_note(strict) == "The time was over 10:00 ago. What is judged is the file as it is now."
    os.utime(strict.file, (zero_s + 300, zero_s + 300))
    assert late_note(strict).endswith("as it is now, which was changed after that.")


@pytest.fixture
def drill(drill_command: Callable, tmp_path: Path) -> Callable:
    return lambda *arguments, **env: drill_command(*arguments, env={"DRILL_HOME": str(tmp_path / "home"), **env})


def begin(home: Path, par_s: float) -> Sitting:
    """A strict session of a few seconds."""
    with Desk(Home(home)) as desk:
        sitting = desk.start(desk.catalogue.find(DRILL), mode="strict", par_s=par_s)
        sitting.skip_ledger()
        return sitting


def test_at_zero_start_submits_while_the_editor_is_open(drill: Callable, tmp_path: Path, reference_of: Callable) -> None:
    """The editor leaves the reference there for zero, and spoils it once that was judged."""
    sitting = begin(tmp_path / "home", 3.0)
    sitting.file.write_text(reference_of(DRILL))
    editor = tmp_path / "editor"
    editor.write_text("#!/bin/sh\nsleep 6\necho spoiled > $1\n")
    editor.chmod(0o755)
    answered = drill("start", DRILL, "--edit", EDITOR=str(editor))

    assert "while your editor was open" in answered.err
    assert "PASSED" in answered.out and "the reference: drill solution" in answered.out
    assert sitting.file.read_text() == "spoiled\n"


def test_start_submits_a_strict_session_whose_time_is_over(drill: Callable, tmp_path: Path) -> None:
    begin(tmp_path / "home", 0.2)
    time.sleep(0.5)
    answered = drill("start", DRILL)

    assert "The time is over" in answered.err and "FAILED" in answered.out
    assert "no open session" in drill("status").out
