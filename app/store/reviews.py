"""Reviews in the database, and the schedule that follows from them. What an item is due is always a fold of its reviews."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from app.errors import StoreError
from app.practice.rating import Rating
from app.practice.schedule import Item, Memory, Review, ReviewDone, due_text, remember
from app.store.database import Database
from app.store.sessions import local_day, new_id, rows_of


@dataclass(frozen=True)
class NewReview:
    """A review to add.

    Attributes:
        suggested: The rating from evidence; None where the person alone decides.
        detail: JSON object with what else is kept: the own answer to a card, ticks, answers of a round.
    """

    item: Item
    rating: Rating
    why: str
    wall_s: float
    suggested: Rating | None = None
    session: str | None = None
    detail: str = "{}"


def add_review(database: Database, review: NewReview) -> ReviewDone:
    """Add it and move the schedule, in one transaction."""
    review_id = new_id()
    with database.transaction() as connection:
        connection.execute(
            "INSERT INTO reviews (id, item, wall_s, day, rating, suggested, why, session, detail)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (review_id, str(review.item), review.wall_s, local_day(review.wall_s).isoformat(), int(review.rating),
             None if review.suggested is None else int(review.suggested), review.why, review.session, review.detail),
        )  # fmt: skip
        reschedule(connection, str(review.item))
    return read_review(database, review_id)


def override(database: Database, review_id: str, rating: Rating) -> ReviewDone:
    """Give a review another rating; the schedule becomes what it would be had it been so at once."""
    with database.transaction() as connection:
        rows = connection.execute("SELECT item FROM reviews WHERE id = ?", (review_id,)).fetchall()
        if not rows:
            raise StoreError(f"there is no review {review_id}")
        connection.execute("UPDATE reviews SET rating = ? WHERE id = ?", (int(rating), review_id))
        reschedule(connection, rows[0][0])
    return read_review(database, review_id)


def reschedule(connection: Any, item: str) -> None:
    """Fold the item's reviews again."""
    rows = connection.execute("SELECT id, day, rating FROM reviews WHERE item = ? ORDER BY day, wall_s, id", (item,)).fetchall()
    memory, counted = remember(Review(date.fromisoformat(day), Rating(rating)) for _, day, rating in rows)
    connection.executemany(
        "UPDATE reviews SET counted = ? WHERE id = ? AND counted != ?",
        [(counts, row[0], counts) for row, counts in zip(rows, counted, strict=True)],
    )
    if memory is None:
        connection.execute("DELETE FROM items WHERE item = ?", (item,))
        return
    connection.execute(
        "INSERT OR REPLACE INTO items VALUES (?, ?, ?, ?, ?, ?, ?)",
        (item, memory.due.isoformat(), memory.stability_days, memory.difficulty, memory.last.isoformat(), memory.reviews,
         memory.failures),
    )  # fmt: skip


def read_review(database: Database, review_id: str) -> ReviewDone:
    rows = rows_of(
        database,
        "SELECT item, rating, why, counted, day, due, suggested FROM reviews JOIN items USING (item) WHERE id = ?", review_id,
    )  # fmt: skip
    if not rows:
        raise StoreError(f"there is no review {review_id}")
    item, number, why, counted, day, due, suggested = rows[0]
    rating, due_day = Rating(number), date.fromisoformat(due)
    reason = why if suggested in (None, number) else f"your choice; {Rating(suggested).word} by evidence: {why}"
    text = f"{rating.word}: {reason}; {due_text(due_day, date.fromisoformat(day))}"
    if not counted:
        text += " as before, since this was ahead of its day"
    return ReviewDone(review_id, Item.parse(item), rating, why, bool(counted), due_day, text)


def review_of_session(database: Database, session_id: str) -> ReviewDone | None:
    rows = rows_of(database, "SELECT id FROM reviews WHERE session = ?", session_id)
    return read_review(database, rows[0][0]) if rows else None


def last_review_of(database: Database, item: Item) -> ReviewDone | None:
    rows = rows_of(database, "SELECT id FROM reviews WHERE item = ? ORDER BY day DESC, wall_s DESC LIMIT 1", str(item))
    return read_review(database, rows[0][0]) if rows else None


def last_item(database: Database) -> Item | None:
    """What was practised last."""
    rows = rows_of(database, "SELECT item FROM reviews ORDER BY wall_s DESC LIMIT 1")
    return Item.parse(rows[0][0]) if rows else None


def reviews_of(database: Database, item: Item) -> list[Review]:
    rows = rows_of(database, "SELECT day, rating FROM reviews WHERE item = ? ORDER BY day, wall_s, id", str(item))
    return [Review(date.fromisoformat(day), Rating(rating)) for day, rating in rows]


def memories(database: Database) -> dict[Item, Memory]:
    """What the schedule knows, of every item that was ever reviewed."""
    rows = rows_of(database, "SELECT item, due, stability_days, difficulty, last, reviews, failures FROM items")
    return {
        Item.parse(row[0]): Memory(date.fromisoformat(row[1]), row[2], row[3], date.fromisoformat(row[4]), row[5], row[6])
        for row in rows
    }
