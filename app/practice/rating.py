"""How well something is known, from what happened and not from what the person feels; they may override it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from app.practice.session import Session

MUCH_OVER = 1.5
"""Times par from which the time alone makes a pass hard."""
MANY_SUBMISSIONS = 3
MANY_HINTS = 2
MOST_ROWS = 0.75
"""Of an estimation round."""


class Rating(IntEnum):
    """As FSRS has them."""

    AGAIN = 1
    HARD = 2
    GOOD = 3
    EASY = 4

    @property
    def word(self) -> str:
        return self.name.capitalize()


@dataclass(frozen=True)
class Rated:
    """A rating and its reason in words."""

    rating: Rating
    why: str


def rate(session: Session) -> Rated | None:
    """The rating of a session that is over; None for one that says nothing (put away, or an interview's own clock).

    Easy: passed at the first submission, within par, without hints, with the ledger right. Good: one of the four is missing.
    Hard: more are missing, or one of them by much. Again: not passed.
    """
    match session.ended:
        case "passed":
            return rate_pass(session)
        case "gave_up":
            return Rated(Rating.AGAIN, "given up")
        case "out_of_time":
            return Rated(Rating.AGAIN, "the time was over before it passed")
    return None


def rate_round(share_right: float, seconds: float, par_s: float) -> Rated:
    """The rating of an estimation round: all rows right within par is Easy, over par Good or Hard; most of them right Hard."""
    if share_right < MOST_ROWS:
        return Rated(Rating.AGAIN, "rows are wrong")
    if share_right < 1:
        return Rated(Rating.HARD, "most rows are right")
    if seconds > par_s:
        return Rated(Rating.HARD if seconds > MUCH_OVER * par_s else Rating.GOOD, "all right, over par")
    return Rated(Rating.EASY, "all right within par")


def rate_pass(session: Session) -> Rated:
    missing = []
    if session.submissions > 1:
        missing.append(f"{session.submissions} submissions")
    if session.elapsed_s > session.par_s:
        missing.append("over par")
    if session.hints:
        missing.append(f"hints up to level {session.hints}")
    if session.ledger_rows and (session.ledger_skipped or session.ledger_wrong is None or session.ledger_wrong):
        missing.append("without the ledger" if session.ledger_skipped else "ledger rows wrong")
    by_much = (
        session.submissions >= MANY_SUBMISSIONS or session.elapsed_s > MUCH_OVER * session.par_s or session.hints >= MANY_HINTS
    )
    if not missing:
        return Rated(Rating.EASY, "passed at once, within par, without hints, with the ledger")
    rating = Rating.HARD if by_much or len(missing) > 1 else Rating.GOOD
    return Rated(rating, "passed, but " + ", ".join(missing))
