"""A mock interview: an estimation round, a code drill and a design drill under one clock, without hints. Pure.

The clock never stops: it is a deadline from the start of the interview, over pauses, crashes and reboots.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Literal

import msgspec

from app.errors import Refused
from app.practice.clock import Instant, elapsed_s

PartKind = Literal["estimation", "code", "design"]
SHARES: dict[PartKind, float] = {"estimation": 0.2, "code": 0.5, "design": 0.3}
"""Of the time, and of the mark."""
TITLES: dict[PartKind, str] = {"estimation": "Estimation", "code": "Code", "design": "Design"}
DESIGN_DECK = "system_design"
MIN_MINUTES, MAX_MINUTES = 5, 240


class Choice(msgspec.Struct, frozen=True):
    """Something a part could be.

    Attributes:
        par_minutes: None where it has none.
    """

    name: str
    deck: str
    par_minutes: int | None = None


class Part(msgspec.Struct, frozen=True):
    """One part. `minutes` is advice: only the whole has a deadline."""

    kind: PartKind
    name: str
    deck: str
    minutes: float


class PartDone(msgspec.Struct, frozen=True):
    """How a part ended.

    Attributes:
        score: 0 to 100; a part that was left without a submission has 0.
        passed: All right.
        seconds: From the end of the part before.
        note: For the report, in words.
        session: Of a code or design drill, whose attempts it keeps.
        seed: Of an estimation round, which draws the same numbers again.
    """

    score: int
    passed: bool
    seconds: float
    note: str
    session: str = ""
    seed: int | None = None


class Interview(msgspec.Struct, frozen=True):
    """All of an interview."""

    id: str
    started: Instant
    minutes: int
    seed: int
    parts: list[Part]
    done: list[PartDone] = []
    ended: bool = False

    @property
    def current(self) -> Part | None:
        """The part that is on; None when it is over."""
        return None if self.ended or len(self.done) >= len(self.parts) else self.parts[len(self.done)]

    def elapsed_at(self, now: Instant) -> float:
        return elapsed_s(self.started, now)

    def left_at(self, now: Instant) -> float:
        """Seconds until the end; negative beyond it."""
        return self.minutes * 60 - self.elapsed_at(now)

    @property
    def mark(self) -> int:
        """0 to 100, each part by its share of those there are; what was not reached counts 0."""
        total = sum(SHARES[part.kind] for part in self.parts)
        earned = sum(SHARES[part.kind] * done.score for part, done in zip(self.parts, self.done, strict=False))
        return round(earned / total) if total else 0


def plan(
    minutes: int, rounds: Sequence[Choice], drills: Sequence[Choice], seed: int, avoid: frozenset[str] = frozenset()
) -> list[Part]:
    """Draw the parts. Kinds with nothing to choose from are left out.

    Args:
        minutes: Of the whole.
        rounds: Estimation rounds.
        drills: All drills; those of the deck system_design are for the design part.
        seed: Draws the same parts again.
        avoid: Names that come only where there is nothing else, such as those of the last interview.

    Raises:
        Refused: The time is too short or too long, or there is nothing at all.
    """
    if not MIN_MINUTES <= minutes <= MAX_MINUTES:
        raise Refused(f"an interview of {minutes} minutes: it can have {MIN_MINUTES} to {MAX_MINUTES}")
    source = random.Random(f"interview {seed}")
    pools: dict[PartKind, Sequence[Choice]] = {
        "estimation": rounds,
        "code": [drill for drill in drills if drill.deck != DESIGN_DECK],
        "design": [drill for drill in drills if drill.deck == DESIGN_DECK],
    }
    total = sum(SHARES[kind] for kind, pool in pools.items() if pool)
    parts: list[Part] = []
    for kind, pool in pools.items():
        if not pool:
            continue
        budget = minutes * SHARES[kind] / total
        taken = {part.deck for part in parts}
        choice = min(pool, key=lambda c: (c.name in avoid, misfit(c, budget), c.deck in taken, source.random()))
        parts.append(Part(kind, choice.name, choice.deck, round(budget, 1)))
    if not parts:
        raise Refused("there is nothing to ask\nhint: drill doctor says what is installed")
    return parts


def misfit(choice: Choice, minutes: float) -> int:
    """0 for what fits the time well, 1 for what is short for it, and more the longer it would take."""
    if choice.par_minutes is None:
        return 0
    if choice.par_minutes <= minutes:
        return 0 if choice.par_minutes >= minutes / 2 else 1
    return 2 + int(choice.par_minutes - minutes)


def finish_part(interview: Interview, done: PartDone, now: Instant) -> Interview:
    """End the current part. The last one, or the end of the time, ends the interview. Raises Refused when it is over."""
    if interview.current is None:
        raise Refused("the interview is over")
    spent = sum(each.seconds for each in interview.done)
    done = msgspec.structs.replace(done, seconds=max(0.0, round(interview.elapsed_at(now) - spent, 1)))
    all_done = [*interview.done, done]
    over = len(all_done) == len(interview.parts) or interview.left_at(now) <= 0
    return msgspec.structs.replace(interview, done=all_done, ended=over)


def end(interview: Interview) -> Interview:
    """End it where it stands."""
    return msgspec.structs.replace(interview, ended=True)
