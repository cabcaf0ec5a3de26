"""What help and time cost: points off the practice mark. The grader's score is never touched. All costs stand here."""

from __future__ import annotations

import math
from dataclasses import dataclass

from app.practice.session import Session

HINT_COSTS = (5, 10, 15)
"""Of level 1, 2, 3; a level includes those below it."""
LEDGER_COST = 10
"""Of a skipped ledger; of one with wrong rows its share."""
SUBMISSION_COST = 5
"""Of every scored submission after the first."""
OVER_COST = 5
"""Of every started quarter of par time over par."""
MOST_SUBMISSIONS_COST = 20
MOST_OVER_COST = 20


@dataclass(frozen=True)
class Cost:
    """One line of the bill."""

    what: str
    points: int


@dataclass(frozen=True)
class Mark:
    """The practice mark: the best score less the costs, never below 0. `score` is None before the first scored submission."""

    score: int | None
    costs: tuple[Cost, ...]

    @property
    def total(self) -> int | None:
        if self.score is None:
            return None
        return max(0, self.score - sum(cost.points for cost in self.costs))


def hint_cost(taken: int, level: int) -> int:
    """What it costs to go from the levels taken to this one."""
    return sum(HINT_COSTS[taken:level])


def mark(session: Session, elapsed_s: float | None = None) -> Mark:
    """The mark as it stands.

    Args:
        session: The sitting.
        elapsed_s: Seconds on its clock; those up to its last event when absent.
    """
    elapsed = session.elapsed_s if elapsed_s is None else elapsed_s
    again = min(MOST_SUBMISSIONS_COST, SUBMISSION_COST * max(0, session.submissions - 1))
    costs = [
        Cost(f"hints up to level {session.hints}", hint_cost(0, session.hints)),
        Cost(*ledger_cost(session)),
        Cost(f"{session.submissions} submissions", again),
        Cost("over par time", over_cost(elapsed, session.par_s)),
    ]
    return Mark(session.best_score, tuple(cost for cost in costs if cost.points))


def ledger_cost(session: Session) -> tuple[str, int]:
    if not session.ledger_rows:
        return "ledger", 0
    if session.ledger_skipped:
        return "ledger skipped", LEDGER_COST
    wrong = len(session.ledger_wrong or {})
    return f"{wrong} wrong ledger rows", math.ceil(LEDGER_COST * wrong / len(session.ledger_rows))


def over_cost(elapsed_s: float, par_s: float) -> int:
    quarters = math.ceil(max(0.0, elapsed_s - par_s) / (par_s / 4))
    return min(MOST_OVER_COST, OVER_COST * quarters)
