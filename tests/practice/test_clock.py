"""The clock: right after sleep, after a reboot, and after someone set the wall clock."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.practice.clock import Instant, ManualClock, SystemClock, boot_id, duration_text, elapsed_s, later, left_text

SECONDS = st.floats(0, 1e7)


@given(SECONDS, st.floats(-1e9, 1e9))
def test_setting_the_wall_clock_changes_nothing_within_a_boot(passed: float, shift: float) -> None:
    clock = ManualClock()
    start = clock.now()
    clock.set_wall(clock.now().wall_s + shift)

    assert elapsed_s(start, clock.advance(passed)) == pytest.approx(passed)


@given(SECONDS)
def test_across_a_reboot_the_wall_clock_decides(passed: float) -> None:
    clock = ManualClock()
    start = clock.now()

    assert elapsed_s(start, clock.reboot(passed)) == pytest.approx(passed, abs=1e-5)


@given(st.booleans(), SECONDS)
def test_time_is_never_negative(same_boot: bool, passed: float) -> None:
    clock = ManualClock()
    start = clock.now()
    end = clock.advance(passed) if same_boot else clock.reboot(passed)

    assert elapsed_s(end, start) == 0 or passed == 0
    assert later(start, end) in (end, start)
    assert elapsed_s(later(start, end), start) == 0


def test_without_a_boot_id_the_wall_clock_decides() -> None:
    assert elapsed_s(Instant("", 500.0, 100.0), Instant("", 1.0, 160.0)) == 60


def test_the_machines_clock_goes_on_and_knows_its_boot() -> None:
    clock = SystemClock()
    start = clock.now()
    time.sleep(0.01)

    assert elapsed_s(start, clock.now()) > 0.005
    assert start.boot_id == boot_id() != ""


@pytest.mark.parametrize(("left_s", "text"), [
    (725, "12:05"), (724.2, "12:05"), (3725, "1:02:05"), (0.4, "0:01"), (0, "0:00"), (-0.5, "0:00"), (-80, "over by 1:20"),
])  # fmt: skip
def test_the_clock_is_shown_in_words(left_s: float, text: str) -> None:
    assert left_text(left_s) == text


def test_durations_round_down() -> None:
    assert (duration_text(59.9), duration_text(3600), duration_text(-5)) == ("0:59", "1:00:00", "0:00")
