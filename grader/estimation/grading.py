"""Grading a round: each row by value, in whatever unit of the right kind, within 1 %."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from grader.estimation.draw import Round, RoundRow
from grader.estimation.quantities import Unreadable, WrongUnit, is_share, read
from grader.estimation.slips import explain, near
from grader.printable import printable

Outcome = Literal["right", "wrong", "blank", "unreadable", "wrong_unit"]
SHOWN_CHARS = 120


@dataclass(frozen=True)
class RowResult:
    """How one row was graded."""

    name: str
    question: str
    answer: str
    """As written, fit to be shown."""
    outcome: Outcome
    expected: float
    """The right value, in the row's unit."""
    unit: str
    slip: str | None
    """The name of the slip that the answer matches."""
    message: str
    """Why it is not right, for the learner; empty where it is."""
    explanation: str


@dataclass(frozen=True)
class RoundResult:
    """A graded round: one point a row."""

    round: str
    deck: str
    seed: int
    rows: tuple[RowResult, ...]

    @property
    def score(self) -> int:
        return sum(row.outcome == "right" for row in self.rows)

    @property
    def max_score(self) -> int:
        return len(self.rows)

    @property
    def passed(self) -> bool:
        """Every row is right."""
        return self.score == self.max_score


def grade(drawn: Round, answers: Mapping[str, str]) -> RoundResult:
    """Grade a round.

    Args:
        drawn: The round.
        answers: Row name -> what was written; rows may be missing.

    Raises:
        ValueError: An answer names no row of this round.
    """
    names = [row.name for row in drawn.rows]
    unknown = [name for name in answers if name not in names]
    if unknown:
        raise ValueError(f"no row is named {printable(unknown[0])[:SHOWN_CHARS]!r}: the rows are {', '.join(names)}")
    rows = tuple(grade_row(row, answers.get(row.name, ""), drawn) for row in drawn.rows)
    return RoundResult(drawn.name, drawn.deck, drawn.seed, rows)


def grade_row(row: RoundRow, answer: str, drawn: Round) -> RowResult:
    outcome, slip, message = judge(row, answer, drawn)
    shown = printable(" ".join(answer.split()))[:SHOWN_CHARS]
    return RowResult(
        row.name, row.question, shown, outcome, float(row.value), row.unit.text, slip, message, row.explanation
    )  # fmt: skip


def judge(row: RoundRow, answer: str, drawn: Round) -> tuple[Outcome, str | None, str]:
    """Outcome, slip and message of one answer."""
    if not answer.strip():
        return "blank", None, "not filled in"
    try:
        quantity = read(answer, row.unit)
    except WrongUnit as error:
        return "wrong_unit", None, str(error)
    except Unreadable as error:
        return "unreadable", None, str(error)
    value = quantity.value / row.unit.factor
    if near(value, row.value):
        return "right", None, ""
    if quantity.unit is None and is_share(row.unit) and near(quantity.value / row.unit.factor**2, row.value):
        return "right", None, ""  # 0.37 for 37 %
    match = explain(value, row, drawn.rows)
    if match is None:
        size = "too much" if value > row.value else "too little"
        return "wrong", None, f"{size}, and no slip known here gives this value"
    return "wrong", match.name, match.message
