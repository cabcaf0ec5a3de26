"""The mock interview: what is asked, one clock, and the report."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.desk import Desk
from app.errors import Refused
from app.home import Home
from app.interviewing import Interviewing
from app.practice.clock import ManualClock
from app.practice.interview import DESIGN_DECK, SHARES, Choice, Interview, PartDone, end, finish_part, plan
from grader.estimation.grading import grade
from grader.result import unscored

ROUNDS = [Choice("round_one", "a"), Choice("round_two", "b")]
DRILLS = [Choice(f"drill_{n}", "ab"[n % 2], 5 + n) for n in range(20)]
DRILLS += [Choice(f"design_{n}", DESIGN_DECK, 15) for n in range(3)]


def interview(clock: ManualClock, minutes: int = 45) -> Interview:
    return Interview("i", clock.now(), minutes, 1, plan(minutes, ROUNDS, DRILLS, 1))


@given(st.integers(5, 240), st.integers(0, 1000))
def test_the_parts_share_the_time_and_the_seed_draws_them_again(minutes: int, seed: int) -> None:
    parts = plan(minutes, ROUNDS, DRILLS, seed)

    assert [part.kind for part in parts] == list(SHARES)
    assert sum(part.minutes for part in parts) == pytest.approx(minutes, abs=0.2)
    assert parts == plan(minutes, ROUNDS, DRILLS, seed)


def test_what_was_asked_before_comes_last_and_par_fits_the_time() -> None:
    names = {plan(20, ROUNDS, DRILLS, seed, frozenset({"round_one", "design_0"}))[n].name for seed in range(20) for n in (0, 2)}

    assert not names & {"round_one", "design_0"}
    assert {plan(20, ROUNDS, DRILLS, seed)[1].name for seed in range(30)} <= {f"drill_{n}" for n in range(6)}


def test_kinds_that_are_missing_are_left_out_and_odd_times_are_refused() -> None:
    assert [part.kind for part in plan(45, [], DRILLS, 1)] == ["code", "design"]
    for minutes, drills in ((4, DRILLS), (241, DRILLS), (45, [])):
        with pytest.raises(Refused):
            plan(minutes, [], drills, 1)


def test_the_clock_never_stops_and_parts_add_up_to_it() -> None:
    clock = ManualClock()
    held = interview(clock)
    for seconds in (100, 0):
        clock.advance(seconds)
        held = finish_part(held, PartDone(50, False, 0.0, ""), clock.now())
    held = finish_part(held, PartDone(100, True, 0.0, ""), clock.reboot(60))

    assert [done.seconds for done in held.done] == [100, 0, 60]
    assert held.ended
    assert held.mark == round(0.2 * 50 + 0.5 * 50 + 0.3 * 100)
    with pytest.raises(Refused):
        finish_part(held, PartDone(0, False, 0.0, ""), clock.now())


def test_after_the_time_a_part_is_the_last_and_the_rest_counts_nothing() -> None:
    clock = ManualClock()
    held = interview(clock)
    held = finish_part(held, PartDone(100, True, 0.0, ""), clock.advance(45 * 60 + 1))

    assert held.current is None
    assert held.mark == 20
    assert end(interview(clock)).mark == 0


def test_an_interview_is_taken_up_after_a_crash_and_kept(tmp_path: Path) -> None:
    clock = ManualClock()
    home = Home(tmp_path)
    with Desk(home, clock) as desk:
        running = desk.start(desk.catalogue.find("gqa_cache"))
        holding = Interviewing.start(desk, 45, seed=3)
        assert running.refresh().paused
        drawn = holding.round()
        holding.finish_round(grade(drawn, {drawn.rows[0].name: drawn.rows[0].expected}))
        sitting = holding.sitting()
        with pytest.raises(Refused, match="no hints"):
            sitting.hint(1)
    clock.advance(600)
    with Desk(home, clock) as desk:
        holding = Interviewing.take_up(desk)  # type: ignore[assignment]
        assert holding.left_s() == 45 * 60 - 600
        again = holding.sitting()
        assert again.id == sitting.id
        result = msgspec.structs.replace(unscored(again.drill.name, "failed", "", sha256="x"), score=60)
        again.record_attempt(result, "x")
        holding.finish_drill(again)
        clock.advance(3600)
    with Desk(home, clock) as desk:
        assert Interviewing.take_up(desk) is None, "its time is over"
        assert desk.sitting_of_drill("gqa_cache") is not None


def test_two_windows_do_not_both_go_on(tmp_path: Path) -> None:
    with Desk(Home(tmp_path), ManualClock()) as desk:
        one = Interviewing.start(desk, 45, seed=3)
        other = Interviewing.take_up(desk)
        assert other is not None
        result = grade(one.round(), {})
        one.finish_round(result)
        with pytest.raises(Refused, match="another window"):
            other.finish_round(result)
