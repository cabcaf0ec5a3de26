"""What the record says about the person, as numbers ready to be shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from app.practice.schedule import ForecastDay


@dataclass(frozen=True)
class DeckWeek:
    """The attempts at a deck's drills in one week.

    Attributes:
        week: Its Monday.
        mean_score: 0 to 100, over the attempts that have a score; None where none has.
        mean_minutes: On the clock at the submission.
    """

    deck: str
    week: date
    attempts: int
    passed: int
    mean_score: float | None
    mean_minutes: float


@dataclass(frozen=True)
class FamilyCost:
    """Points that a family of checks cost, over all attempts or those of one deck."""

    family: str
    lost: float
    possible: float

    @property
    def share(self) -> float:
        """0 to 1."""
        return self.lost / self.possible if self.possible else 0.0


@dataclass(frozen=True)
class MisconceptionCount:
    """A known mistake, and in how many attempts it was met."""

    name: str
    drill: str
    message: str
    count: int


@dataclass(frozen=True)
class Totals:
    """Over everything. `hours` are those on the clock of sessions that are over."""

    attempts: int
    passed: int
    drills: int
    days: int
    hours: float


@dataclass(frozen=True)
class Statistics:
    """All of the statistics page.

    Attributes:
        weeks: By deck, then by week, the earliest first; weeks without attempts are absent.
        families: The costliest first, by share.
        misconceptions: The most frequent first.
        forecast: Two weeks from today on.
    """

    weeks: list[DeckWeek]
    families: list[FamilyCost]
    misconceptions: list[MisconceptionCount]
    forecast: list[ForecastDay]
    totals: Totals
    streak_days: int
