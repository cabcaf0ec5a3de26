"""The state of one timed sitting, as a fold of its events. Pure: no clock, no store; every event brings its instant."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Literal

from app.errors import Refused
from app.practice import events
from app.practice.clock import Instant, elapsed_s, later

NUM_HINTS = 3
ASK_AFTER_AWAY_S = 300.0
"""An absence longer than this without a pause is asked about."""

Phase = Literal["ledger", "code", "over"]
Ended = Literal["", "passed", "gave_up", "out_of_time", "abandoned"]


@dataclass(frozen=True)
class Session:
    """One sitting of one drill.

    Attributes:
        elapsed_s: Seconds on the clock up to `last`: without pauses and without time away that was forgiven.
        last: When the last event happened.
        ledger: Row -> what the person wrote.
        ledger_wrong: Row -> what is wrong with it, of the last grading; None before the first.
        hints: The highest level that was paid for, 0 to 3.
        submissions: Hidden-suite attempts that got a score.
        ended: Why it is over; empty while it is not.
    """

    id: str
    num_events: int
    drill: str
    deck: str
    par_s: float
    mode: events.Mode
    kind: events.Kind
    interview: str
    file: str
    ledger_rows: tuple[str, ...]
    started: Instant
    last: Instant
    elapsed_s: float = 0.0
    paused: bool = False
    code_open: bool = False
    ledger: dict[str, str] = field(default_factory=dict)
    ledger_wrong: dict[str, str] | None = None
    ledger_gradings: int = 0
    ledger_skipped: bool = False
    hints: int = 0
    runs: int = 0
    last_run: events.PublicRun | None = None
    submissions: int = 0
    best_score: int | None = None
    last_attempt: events.Attempted | None = None
    went_over: bool = False
    ended: Ended = ""

    @property
    def over(self) -> bool:
        return self.ended != ""

    @property
    def passed(self) -> bool:
        return self.ended == "passed"

    @property
    def running(self) -> bool:
        """The clock goes."""
        return not self.over and not self.paused

    @property
    def phase(self) -> Phase:
        return "over" if self.over else "code" if self.code_open else "ledger"

    @property
    def ledger_right(self) -> int:
        """Rows that were right at the last grading."""
        if self.ledger_wrong is None:
            return 0
        return len(self.ledger_rows) - len(self.ledger_wrong)

    @property
    def reference_shown(self) -> bool:
        """The reference may be seen: after a pass, after giving up, after the time is over."""
        return self.ended in ("passed", "gave_up", "out_of_time")

    def elapsed_at(self, now: Instant) -> float:
        """Seconds on the clock now."""
        return self.elapsed_s + (elapsed_s(self.last, now) if self.running else 0.0)

    def left_at(self, now: Instant) -> float:
        """Seconds until zero; negative beyond it."""
        return self.par_s - self.elapsed_at(now)

    def away_s(self, now: Instant, seen: Instant | None = None) -> float:
        """Seconds since anything was heard of the session without a pause: since its last event or sign of life.

        Args:
            now: The moment to tell it for.
            seen: The last sign of life, where there is one.
        """
        if not self.running:
            return 0.0
        return elapsed_s(self.last if seen is None else later(self.last, seen), now)


def fold(session_id: str, history: Iterable[events.Stamped]) -> Session:
    """The state after these events. Raises Refused where they make no session."""
    state: Session | None = None
    for stamped in history:
        state = apply(state, stamped, session_id)
    if state is None:
        raise Refused("a session without events")
    return state


def apply(state: Session | None, stamped: events.Stamped, session_id: str = "") -> Session:
    """The state after one more event. Raises Refused, in words for the person, when it cannot happen now."""
    event, at = stamped.event, stamped.at
    if state is None:
        if not isinstance(event, events.Started):
            raise Refused("the session has not been started")
        return begin(session_id, event, at)
    if isinstance(event, events.Started):
        raise Refused("the session has been started already")
    if state.over:
        raise Refused(f"this session is over ({ENDED_TEXT[state.ended]})\nhint: drill start {state.drill} begins another")
    moved = replace(state, num_events=state.num_events + 1, elapsed_s=state.elapsed_at(at), last=later(at, state.last))
    return change(state, moved, event)


ENDED_TEXT: dict[str, str] = {
    "passed": "passed", "gave_up": "given up", "out_of_time": "out of time", "abandoned": "put away",
}  # fmt: skip


def begin(session_id: str, event: events.Started, at: Instant) -> Session:
    if event.par_s <= 0:
        raise Refused(f"a session needs time: par_s = {event.par_s}")
    return Session(
        id=session_id, num_events=1, drill=event.drill, deck=event.deck, par_s=event.par_s, mode=event.mode, kind=event.kind,
        interview=event.interview, file=event.file, ledger_rows=tuple(event.ledger_rows), started=at, last=at,
        code_open=not event.ledger_rows,
    )  # fmt: skip


def change(before: Session, state: Session, event: events.AnyEvent) -> Session:
    """What the event does to a session whose clock has been brought up to it."""
    match event:
        case events.Paused():
            refuse_if(state.paused, "the session is paused already")
            return replace(state, paused=True)
        case events.Resumed():
            refuse_if(not state.paused, "the session is not paused")
            return replace(state, paused=False)
        case events.AwayForgiven(seconds=seconds):
            added = state.elapsed_s - before.elapsed_s
            refuse_if(not 0 <= seconds <= added + 1e-6, f"{seconds:g} seconds away, of {added:g} since the last event")
            return replace(state, elapsed_s=max(before.elapsed_s, state.elapsed_s - seconds))
        case events.WentOver():
            refuse_if(state.mode != "relaxed", "only a relaxed session goes on beyond zero")
            refuse_if(state.elapsed_s < state.par_s - 1e-3, "the time is not over")
            refuse_if(state.went_over, "that is noted already")
            return replace(state, went_over=True)
        case events.HintTaken(level=level):
            refuse_if(state.kind == "interview", "an interview gives no hints")
            refuse_if(not 1 <= level <= NUM_HINTS, f"hint {level}: levels are 1 to {NUM_HINTS}")
            refuse_if(level <= state.hints, f"hint {level} has been taken already")
            return replace(state, hints=level)
        case events.PublicRun():
            return replace(state, runs=state.runs + 1, last_run=event)
        case events.Attempted():
            return attempted(state, event)
        case events.GaveUp():
            return replace(state, ended="gave_up", paused=False)
        case events.Abandoned():
            return replace(state, ended="abandoned", paused=False)
        case _:
            return change_ledger(state, event)


def attempted(state: Session, event: events.Attempted) -> Session:
    scored = event.score is not None
    best = max((score for score in (state.best_score, event.score) if score is not None), default=None)
    ended: Ended = "passed" if event.passed else "out_of_time" if event.at_zero else ""
    return replace(
        state, submissions=state.submissions + scored, best_score=best, last_attempt=event, ended=ended,
        paused=state.paused and not ended,
    )  # fmt: skip


def change_ledger(state: Session, event: events.AnyEvent) -> Session:
    refuse_if(state.code_open, "the ledger is closed: the code is open")
    match event:
        case events.LedgerSaved(entries=entries):
            check_rows(state, entries)
            return replace(state, ledger=dict(entries))
        case events.LedgerGraded(entries=entries, wrong=wrong):
            check_rows(state, entries)
            check_rows(state, wrong)
            return replace(
                state, ledger=dict(entries), ledger_wrong=dict(wrong), ledger_gradings=state.ledger_gradings + 1,
                code_open=not wrong,
            )  # fmt: skip
        case events.CodeOpened():
            refuse_if(state.ledger_wrong is None, "the ledger has not been graded\nhint: grade it, or skip it at its cost")
            return replace(state, code_open=True)
        case events.LedgerSkipped():
            return replace(state, ledger_skipped=True, code_open=True)
    raise Refused(f"{type(event).__name__} cannot happen here")


def check_rows(state: Session, entries: dict[str, str]) -> None:
    rows = ", ".join(state.ledger_rows)
    for name in entries:
        refuse_if(name not in state.ledger_rows, f"the ledger has no row {name!r}\nhint: rows are {rows}")


def refuse_if(condition: bool, why: str) -> None:
    if condition:
        raise Refused(why)
