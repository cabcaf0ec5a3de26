"""What home and statistics show, from sums that are kept beside the attempts: no query here grows with their number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date

from app.practice.schedule import forecast, streak_days
from app.practice.statistics import DeckWeek, FamilyCost, MisconceptionCount, Statistics, Totals
from app.store.database import Database
from app.store.sessions import rows_of

NUM_WEEKS = 26
NUM_MISCONCEPTIONS = 20
DAYS_AT_ONCE = 64


def statistics(database: Database, today: date, num_weeks: int = NUM_WEEKS) -> Statistics:
    """All of it. Decks over time reach back this many weeks from the latest."""
    return Statistics(
        deck_weeks(database, num_weeks), family_costs(database), misconceptions(database),
        forecast(due_counts(database), today), totals(database), streak_days(days_back(database), today),
    )  # fmt: skip


def deck_weeks(database: Database, num_weeks: int) -> list[DeckWeek]:
    rows = rows_of(
        database,
        "SELECT deck, week, attempts, passed, scored, score_sum, elapsed_sum FROM deck_weeks"
        " WHERE week > (SELECT date(max(week), ?) FROM deck_weeks) ORDER BY deck, week", f"-{7 * num_weeks} days",
    )  # fmt: skip
    return [
        DeckWeek(deck, date.fromisoformat(week), attempts, passed, total / scored if scored else None, elapsed / attempts / 60)
        for deck, week, attempts, passed, scored, total, elapsed in rows
    ]


def family_costs(database: Database, deck: str | None = None) -> list[FamilyCost]:
    """Points lost by family, the costliest share first."""
    where, values = ("WHERE deck = ?", (deck,)) if deck else ("", ())
    rows = rows_of(
        database, f"SELECT family, sum(max_points - points), sum(max_points) FROM family_sums {where} GROUP BY family", *values
    )
    return sorted((FamilyCost(*row) for row in rows), key=lambda cost: (-cost.share, cost.family))


def misconceptions(database: Database, limit: int = NUM_MISCONCEPTIONS) -> list[MisconceptionCount]:
    rows = rows_of(
        database, "SELECT name, drill, message, met FROM misconception_sums ORDER BY met DESC, drill, name LIMIT ?", limit
    )
    return [MisconceptionCount(*row) for row in rows]


def due_counts(database: Database) -> Counter[date]:
    rows = rows_of(database, "SELECT due, count(*) FROM items GROUP BY due")
    return Counter({date.fromisoformat(day): count for day, count in rows})


def totals(database: Database) -> Totals:
    rows = rows_of(
        database,
        "SELECT coalesce(sum(attempts), 0), coalesce(sum(passed), 0), count(*), (SELECT count(*) FROM days),"
        " (SELECT coalesce(sum(elapsed_sum), 0) / 3600 FROM deck_weeks) FROM drill_sums",
    )
    return Totals(*rows[0])


def drill_sums(database: Database) -> dict[str, tuple[int, int, int | None]]:
    """Drill -> attempts, passes, best score."""
    return {row[0]: row[1:] for row in rows_of(database, "SELECT drill, attempts, passed, best_score FROM drill_sums")}


def days_back(database: Database) -> Iterator[date]:
    """Days of practice, the latest first, read as far as they are asked for."""
    before = "9999"
    while rows := rows_of(database, "SELECT day FROM days WHERE day < ? ORDER BY day DESC LIMIT ?", before, DAYS_AT_ONCE):
        for (day,) in rows:
            yield date.fromisoformat(day)
        before = rows[-1][0]


def practised_on(database: Database, day: date) -> bool:
    return bool(rows_of(database, "SELECT 1 FROM days WHERE day = ?", day.isoformat()))
