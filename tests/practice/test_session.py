"""A session is a fold of its events: what can happen when, and what the clock shows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import Refused
from app.practice import costs, events
from app.practice.clock import ManualClock
from app.practice.rating import Rating, rate
from app.practice.session import Session, apply, fold

ROWS = ["bytes", "shape"]
TRIED = events.Attempted("a", "sha", "failed", False, 40, 0.2)
PASSED = events.Attempted("b", "sha", "passed", True, 95, 0.2)
EVENTS = st.one_of(
    st.sampled_from([
        events.Paused(), events.Resumed(), events.CodeOpened(), events.LedgerSkipped(), events.WentOver(), events.GaveUp(),
        events.Abandoned(), TRIED, PASSED, events.Attempted("c", "sha", "rejected", False, None, 0.0, True),
        events.PublicRun("sha", "failed", 2, 5), events.LedgerGraded({"bytes": "1"}, {"shape": "not filled in"}),
        events.LedgerGraded({"bytes": "1", "shape": "[2]"}, {}), events.LedgerSaved({"bytes": "2"}),
        events.LedgerSaved({"other": "2"}),
    ]),
    st.builds(events.HintTaken, st.integers(0, 4)),
    st.builds(events.AwayForgiven, st.floats(0, 1000)),
)  # fmt: skip
STEPS = st.lists(st.tuples(st.floats(0, 900), EVENTS), max_size=25)


def started(mode: events.Mode = "relaxed", rows: list[str] | None = None, kind: events.Kind = "practice") -> events.Started:
    return events.Started("gqa_cache", "attention", 600.0, mode, ROWS if rows is None else rows, "/a.py", kind)


def run(clock: ManualClock, first: events.Started, *steps: tuple[float, events.AnyEvent]) -> Session:
    """Fold the events, each so many seconds after the one before."""
    history = [events.Stamped(clock.now(), first)]
    history += [events.Stamped(clock.advance(seconds), event) for seconds, event in steps]
    return fold("s", history)


@given(STEPS, st.sampled_from(["strict", "relaxed"]))
def test_whatever_happens_the_state_is_sound(steps: list[tuple[float, events.AnyEvent]], mode: events.Mode) -> None:
    clock = ManualClock()
    history = [events.Stamped(clock.now(), started(mode))]
    state = fold("s", history)
    total = 0.0
    for seconds, event in steps:
        stamped = events.Stamped(clock.advance(seconds), event)
        total += seconds
        try:
            after = apply(state, stamped)
        except Refused as refusal:
            assert str(refusal)
            continue
        assert not state.over, "nothing happens after the end"
        assert after.num_events == state.num_events + 1
        assert state.elapsed_s <= after.elapsed_s <= total + 1e-6
        assert after.hints >= state.hints
        assert after.code_open or not state.code_open, "the code stays open"
        assert not (after.over and after.running)
        history.append(stamped)
        state = after
    assert fold("s", history) == state, "the events are all there is"
    mark = costs.mark(state)
    assert (mark.total is None) == (state.best_score is None)
    assert mark.total is None or 0 <= mark.total <= 100
    assert (rate(state) is not None) == (state.ended in ("passed", "gave_up", "out_of_time"))


@given(STEPS)
def test_events_survive_writing_and_reading(steps: list[tuple[float, events.AnyEvent]]) -> None:
    for event in (started(), *(event for _, event in steps)):
        assert events.decode_event(events.encode_event(event)) == event


@given(st.lists(st.tuples(st.floats(0, 500), st.floats(0, 500)), max_size=8))
def test_pauses_are_not_on_the_clock(spans: list[tuple[float, float]]) -> None:
    steps = [step for on, off in spans for step in ((on, events.Paused()), (off, events.Resumed()))]
    clock = ManualClock()
    session = run(clock, started(), *steps)

    assert session.elapsed_at(clock.advance(3)) == pytest.approx(sum(on for on, _ in spans) + 3)


def test_the_time_goes_on_while_nobody_looks_also_over_a_reboot() -> None:
    clock = ManualClock()
    session = run(clock, started())
    clock.advance(100)

    assert session.left_at(clock.reboot(50)) == pytest.approx(450)
    assert session.left_at(clock.advance(500)) == pytest.approx(-50)


def test_time_away_can_be_left_out_but_never_more_than_that() -> None:
    clock = ManualClock()
    session = run(clock, started(), (60, events.LedgerSkipped()))
    later = clock.advance(4000)

    assert session.away_s(later) == 4000
    assert apply(session, events.Stamped(later, events.AwayForgiven(4000.0))).elapsed_s == pytest.approx(60)
    with pytest.raises(Refused):
        apply(session, events.Stamped(later, events.AwayForgiven(4001.0)))


def test_a_sign_of_life_shortens_the_absence_and_a_pause_is_none() -> None:
    clock = ManualClock()
    session = run(clock, started())
    seen = clock.advance(100)
    paused = apply(session, events.Stamped(seen, events.Paused()))

    assert session.away_s(clock.advance(50), seen) == 50
    assert paused.away_s(clock.now()) == 0


def test_the_code_opens_when_every_row_is_right() -> None:
    clock = ManualClock()
    wrong = run(clock, started(), (1, events.LedgerGraded({"bytes": "1"}, {"shape": "no"})))

    assert (wrong.phase, wrong.ledger_right) == ("ledger", 1)
    right = apply(wrong, events.Stamped(clock.now(), events.LedgerGraded({"bytes": "1", "shape": "[2]"}, {})))
    assert right.phase == "code"
    assert run(clock, started(rows=[])).phase == "code"


@pytest.mark.parametrize(("history", "refused"), [
    ([], events.Resumed()),
    ([events.Paused()], events.Paused()),
    ([], events.CodeOpened()),
    ([events.LedgerSkipped()], events.LedgerSaved({"bytes": "1"})),
    ([], events.LedgerSaved({"other": "1"})),
    ([events.HintTaken(2)], events.HintTaken(2)),
    ([events.HintTaken(2)], events.HintTaken(1)),
    ([], events.HintTaken(4)),
    ([], events.WentOver()),
    ([PASSED], TRIED),
    ([events.GaveUp()], events.HintTaken(1)),
])  # fmt: skip
def test_what_cannot_happen_is_refused_in_words(history: list[events.AnyEvent], refused: events.AnyEvent) -> None:
    clock = ManualClock()
    session = run(clock, started(), *[(1, event) for event in history])

    with pytest.raises(Refused, match=r"\w{3}"):
        apply(session, events.Stamped(clock.advance(1), refused))


def test_an_interview_gives_no_hints() -> None:
    clock = ManualClock()
    with pytest.raises(Refused, match="no hints"):
        run(clock, started(kind="interview"), (1, events.HintTaken(1)))


def test_help_costs_points_off_the_mark_and_never_off_the_score() -> None:
    clock = ManualClock()
    session = run(
        clock, started(), (10, events.LedgerSkipped()), (1, events.HintTaken(2)), (1, TRIED), (600, TRIED), (10, PASSED)
    )
    mark = costs.mark(session)

    assert (mark.score, [cost.points for cost in mark.costs]) == (95, [15, 10, 10, 5])
    assert mark.total == 95 - 40


RIGHT_LEDGER = events.LedgerGraded({"bytes": "1", "shape": "[2]"}, {})


@pytest.mark.parametrize(("steps", "rating"), [
    ([(10, RIGHT_LEDGER), (10, PASSED)], Rating.EASY),
    ([(10, events.LedgerSkipped()), (10, PASSED)], Rating.GOOD),
    ([(10, RIGHT_LEDGER), (700, PASSED)], Rating.GOOD),
    ([(10, RIGHT_LEDGER), (1, events.HintTaken(1)), (1, PASSED)], Rating.GOOD),
    ([(10, RIGHT_LEDGER), (1, TRIED), (1, PASSED)], Rating.GOOD),
    ([(10, RIGHT_LEDGER), (1, TRIED), (1, TRIED), (1, PASSED)], Rating.HARD),
    ([(10, RIGHT_LEDGER), (900, PASSED)], Rating.HARD),
    ([(10, RIGHT_LEDGER), (1, events.HintTaken(3)), (1, PASSED)], Rating.HARD),
    ([(10, events.LedgerSkipped()), (1, TRIED), (1, PASSED)], Rating.HARD),
    ([(10, RIGHT_LEDGER), (1, TRIED), (1, events.GaveUp())], Rating.AGAIN),
    ([(700, events.Attempted("z", "s", "failed", False, 90, 0.1, True))], Rating.AGAIN),
])  # fmt: skip
def test_the_rating_follows_from_what_happened(steps: list[tuple[float, events.AnyEvent]], rating: Rating) -> None:
    rated = rate(run(ManualClock(), started(), *steps))

    assert rated is not None
    assert rated.rating is rating
    assert rated.why


def test_what_was_put_away_is_not_rated() -> None:
    assert rate(run(ManualClock(), started(), (1, events.Abandoned()))) is None
