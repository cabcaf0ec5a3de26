"""When to practise what again: FSRS with steps of whole days, over drills, cards and estimation rounds.

Everything is a function of the reviews: the memory of an item is a fold of those that count. What is practised ahead of its
day does not count, so that it cannot disturb the schedule; but a failure counts on any day (what is forgotten is
forgotten), once a day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Literal

from app.practice.rating import Rating

if TYPE_CHECKING:
    from fsrs import Card, Scheduler

ItemKind = Literal["drill", "card", "estimation"]
SHARED_TAGS = 0.5
"""Drills that share this part of the tags of the one with fewer are near-identical."""
STREAK_GRACE_DAYS = 1
"""A streak lives while yesterday was a day of practice, though today is not one yet."""


@dataclass(frozen=True, order=True)
class Item:
    """Something to practise: `drill:gqa_cache`, `card:attention`, `estimation:kv_cache`."""

    kind: ItemKind
    name: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"

    @classmethod
    def parse(cls, text: str) -> Item:
        """Raises ValueError for what is no item."""
        kind, _, name = text.partition(":")
        if kind not in ("drill", "card", "estimation") or not name:
            raise ValueError(f"{text!r} is no item; one is kind:name with the kind drill, card or estimation")
        return cls(kind, name)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Review:
    """One rated practice of an item, on a day of the person's calendar."""

    day: date
    rating: Rating


@dataclass(frozen=True)
class Memory:
    """What the schedule knows of an item.

    Attributes:
        due: The day to practise it again.
        stability_days: Days after which recall falls to 90 %.
        difficulty: 1 to 10.
        last: The last day that counted.
        failures: Reviews that counted and were Again.
    """

    due: date
    stability_days: float
    difficulty: float
    last: date
    reviews: int
    failures: int


@dataclass(frozen=True)
class ReviewDone:
    """What a review did to the schedule.

    Attributes:
        counted: Whether it moved the schedule; False for practice ahead of the day.
        text: All of it in one line for the person.
    """

    review_id: str
    item: Item
    rating: Rating
    why: str
    counted: bool
    due: date
    text: str


def scheduler() -> Scheduler:
    from fsrs import Scheduler as Fsrs

    return Fsrs(learning_steps=(), relearning_steps=(), enable_fuzzing=False)  # the same history gives the same days


def remember(reviews: Iterable[Review]) -> tuple[Memory | None, list[bool]]:
    """The memory after these reviews, in order of their days, and which of them counted."""
    from fsrs import Card, State
    from fsrs import Rating as FsrsRating

    plan = scheduler()
    card: Card | None = None
    memory: Memory | None = None
    counted = []
    for review in reviews:
        counts = memory is None or review.day >= memory.due or (review.rating is Rating.AGAIN and review.day > memory.last)
        counted.append(counts)
        if not counts:
            continue
        # Noon, so that days are counted by the calendar and not in spans of 24 hours.
        at = datetime.combine(review.day, time(12), UTC)
        card, _ = plan.review_card(card or Card(card_id=1, state=State.Learning), FsrsRating(int(review.rating)), at)
        memory = Memory(
            due=max(card.due.date(), review.day + timedelta(days=1)), stability_days=card.stability or 0.0,
            difficulty=card.difficulty or 0.0, last=review.day, reviews=(memory.reviews if memory else 0) + 1,
            failures=(memory.failures if memory else 0) + (review.rating is Rating.AGAIN),
        )  # fmt: skip
    return memory, counted


def next_days(reviews: Iterable[Review], today: date) -> dict[Rating, int]:
    """What each rating would do now: days until the next practice."""
    history = list(reviews)
    found = {}
    for rating in Rating:
        memory, _ = remember([*history, Review(today, rating)])
        found[rating] = (memory.due - today).days if memory else 0
    return found


@dataclass(frozen=True)
class Candidate:
    """An item as the choice of the next one sees it.

    Attributes:
        order: Where a new item stands among the new ones: small is early.
        due: None while it is new.
        deck_started: A drill of its deck was practised; a new card waits for that.
    """

    item: Item
    title: str
    deck: str
    deck_title: str
    tags: frozenset[str]
    order: tuple[int, ...]
    due: date | None = None
    deck_started: bool = False


@dataclass(frozen=True)
class Suggestion:
    """What to do next, and why, in words."""

    item: Item
    title: str
    why: str


def near_identical(one: Candidate, other: Candidate) -> bool:
    """Whether doing one after the other teaches little: the same kind of item, of one deck or with mostly the same tags."""
    if one.item == other.item:
        return True
    if one.item.kind != other.item.kind:
        return False
    if one.deck == other.deck:
        return True
    fewer = min(len(one.tags), len(other.tags))
    return fewer > 0 and len(one.tags & other.tags) / fewer > SHARED_TAGS


def due_text(due: date, today: date) -> str:
    """`due today`, `due since yesterday`, `due for 4 days`, `due tomorrow`, `due in 3 days`."""
    match (today - due).days:
        case 0:
            return "due today"
        case 1:
            return "due since yesterday"
        case -1:
            return "due tomorrow"
        case days:
            return f"due for {days} days" if days > 0 else f"due in {-days} days"


def next_best(candidates: Iterable[Candidate], today: date, before: Item | None = None) -> Suggestion | None:
    """The best thing to do now: what is due longest, then what is new, then what will be due soonest.

    Args:
        candidates: All there is.
        today: The person's day.
        before: What was done last. Its near-identical neighbours come only where nothing else is due or new.
    """
    everything = list(candidates)
    last = next((candidate for candidate in everything if candidate.item == before), None)
    due = sorted((c for c in everything if c.due is not None and c.due <= today), key=lambda c: (c.due, c.order))
    new = sorted((c for c in everything if c.due is None and new_may_come(c)), key=lambda c: (c.item.kind != "card", c.order))
    ahead = sorted((c for c in everything if c.due is not None and c.due > today), key=lambda c: (c.due, c.order))
    for pool in (due, new, ahead):
        for candidate in pool:
            if last is None or not near_identical(candidate, last):
                return suggest(candidate, today)
    remaining = [candidate for pool in (due, new, ahead) for candidate in pool if candidate.item != before]
    chosen = remaining[0] if remaining else last
    return suggest(chosen, today) if chosen else None


def new_may_come(candidate: Candidate) -> bool:
    """The card of a deck comes once a drill of it was practised."""
    return candidate.item.kind != "card" or candidate.deck_started


def suggest(candidate: Candidate, today: date) -> Suggestion:
    if candidate.due is None:
        if candidate.item.kind == "card":
            why = f"new: the card of {candidate.deck_title}"
        elif candidate.deck_started:
            why = f"new: next in {candidate.deck_title}"
        else:
            why = f"new: start of {candidate.deck_title}"
    elif candidate.due > today:
        why = f"nothing is due; ahead of time, {due_text(candidate.due, today)}"
    else:
        why = due_text(candidate.due, today)
    return Suggestion(candidate.item, candidate.title, why)


@dataclass(frozen=True)
class ForecastDay:
    """How many items fall due on a day; today holds all that is late."""

    day: date
    count: int


def forecast(due: Mapping[date, int], today: date, num_days: int = 14) -> list[ForecastDay]:
    """Reviews to come, from today on, if each is done on its day and none comes back sooner."""
    late = sum(count for day, count in due.items() if day <= today)
    days = [today + timedelta(days=offset) for offset in range(num_days)]
    return [ForecastDay(day, late if day == today else due.get(day, 0)) for day in days]


def streak_days(practised: Iterable[date], today: date) -> int:
    """Days of practice in a row up to today, or up to yesterday while today is still to come.

    Args:
        practised: Days of practice, the latest first; read no further than needed.
        today: The person's day.
    """
    expected = today
    length = 0
    for day in practised:
        if day > expected:
            continue
        if length == 0 and day == today - timedelta(days=STREAK_GRACE_DAYS):
            expected = day
        if day != expected:
            break
        length += 1
        expected -= timedelta(days=1)
    return length
