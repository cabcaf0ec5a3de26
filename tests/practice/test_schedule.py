"""The schedule: days, practice ahead, what comes next and why."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.practice.rating import Rating
from app.practice.schedule import (
    Candidate,
    Item,
    Review,
    due_text,
    forecast,
    near_identical,
    next_best,
    remember,
    streak_days,
)

TODAY = date(2026, 3, 10)
RATINGS = st.sampled_from(list(Rating))
HISTORIES = st.lists(st.tuples(st.integers(0, 40), RATINGS), min_size=1, max_size=12)


def reviews(steps: list[tuple[int, Rating]]) -> list[Review]:
    day = TODAY
    found = []
    for gap, rating in steps:
        day += timedelta(days=gap)
        found.append(Review(day, rating))
    return found


def candidate(
    name: str, deck: str = "a", tags: str = "", due: int | None = None, kind: str = "drill", order: int = 0
) -> Candidate:  # fmt: skip
    day = None if due is None else TODAY + timedelta(days=due)
    return Candidate(Item(kind, name), name, deck, deck, frozenset(tags.split()), (order,), day, due is not None)  # type: ignore[arg-type]


@settings(max_examples=60, deadline=None)
@given(HISTORIES)
def test_steps_are_whole_days_and_at_least_one(steps: list[tuple[int, Rating]]) -> None:
    history = reviews(steps)
    memory, counted = remember(history)

    assert memory is not None
    assert counted[0]
    last = max(review.day for review, counts in zip(history, counted, strict=True) if counts)
    assert memory.due > last == memory.last
    assert memory.reviews == sum(counted)


@settings(max_examples=60, deadline=None)
@given(HISTORIES, st.sampled_from([Rating.HARD, Rating.GOOD, Rating.EASY]))
def test_practice_ahead_leaves_the_schedule_alone(steps: list[tuple[int, Rating]], rating: Rating) -> None:
    history = reviews(steps)
    before, _ = remember(history)
    assert before is not None
    after, counted = remember([*history, Review(before.due - timedelta(days=1), rating)])

    assert after == before
    assert not counted[-1]


def test_a_failure_ahead_of_its_day_counts_once_a_day() -> None:
    easy = Review(TODAY, Rating.EASY)
    failed = Review(TODAY + timedelta(days=2), Rating.AGAIN)
    memory, counted = remember([easy, failed, failed])

    assert counted == [True, True, False]
    assert memory is not None
    assert memory.due == failed.day + timedelta(days=1)
    assert remember([easy, Review(TODAY, Rating.AGAIN)])[1] == [True, False]


def test_better_ratings_come_back_later() -> None:
    dues = [remember([Review(TODAY, rating)])[0] for rating in Rating]
    days = [(memory.due - TODAY).days for memory in dues if memory]

    assert days == sorted(days)
    assert days[0] == 1
    assert days[-1] > days[0]


def test_the_longest_due_comes_first_with_its_reason() -> None:
    items = [candidate("new"), candidate("late", "b", due=-4), candidate("today", "c", due=0), candidate("far", "d", due=9)]
    chosen = next_best(items, TODAY)

    assert chosen is not None
    assert (chosen.item.name, chosen.why) == ("late", "due for 4 days")


def test_no_two_near_identical_drills_in_a_row() -> None:
    items = [candidate("one", due=-4), candidate("two", due=-3), candidate("other", "b", due=0), candidate("new", "c")]

    assert next_best(items, TODAY, Item("drill", "one")).item.name == "other"  # type: ignore[union-attr]
    assert next_best([items[0], items[1], items[3]], TODAY, Item("drill", "one")).item.name == "new"  # type: ignore[union-attr]
    assert next_best(items[:2], TODAY, Item("drill", "one")).item.name == "two"  # type: ignore[union-attr]


KINDS = st.tuples(st.sampled_from("abc"), st.sampled_from(["", "x", "x y", "y z"]), st.none() | st.integers(-9, 9))


@settings(max_examples=80, deadline=None)
@given(st.lists(KINDS, min_size=1, max_size=8), st.integers(0, 7))
def test_something_else_is_chosen_wherever_there_is_something_else(kinds: list[tuple[str, str, int | None]], last: int) -> None:
    items = [candidate(f"d{n}", deck, tags, due, order=n) for n, (deck, tags, due) in enumerate(kinds)]
    before = items[last % len(items)]
    chosen = next_best(items, TODAY, before.item)

    assert chosen is not None
    picked = next(item for item in items if item.item == chosen.item)
    assert not near_identical(picked, before) or all(near_identical(item, before) for item in items)
    assert chosen.why


def test_drills_of_other_decks_with_the_same_tags_are_near_identical_and_cards_are_not() -> None:
    assert near_identical(candidate("one", "a", "kv gqa"), candidate("two", "b", "kv gqa cache"))
    assert not near_identical(candidate("one", "a", "kv gqa"), candidate("two", "b", "kv moe"))
    assert not near_identical(candidate("one", "a"), candidate("a", "a", kind="card"))


def test_a_card_waits_for_a_drill_of_its_deck() -> None:
    card = candidate("a", "a", kind="card")

    assert next_best([card, candidate("one", order=5)], TODAY).item.kind == "drill"  # type: ignore[union-attr]


@pytest.mark.parametrize(("days", "text"), [
    (0, "due today"), (-1, "due since yesterday"), (-4, "due for 4 days"), (1, "due tomorrow"), (3, "due in 3 days"),
])  # fmt: skip
def test_due_days_are_told_in_words(days: int, text: str) -> None:
    assert due_text(TODAY + timedelta(days=days), TODAY) == text


def test_the_forecast_counts_what_is_late_as_today() -> None:
    due = {TODAY - timedelta(days=3): 2, TODAY: 1, TODAY + timedelta(days=2): 4, TODAY + timedelta(days=99): 1}

    assert [day.count for day in forecast(due, TODAY, 4)] == [3, 0, 4, 0]


@pytest.mark.parametrize(("days_ago", "streak"), [
    ([], 0), ([0], 1), ([1], 1), ([2], 0), ([0, 1, 2, 4], 3), ([1, 2, 3], 3), ([0, 2], 1),
])  # fmt: skip
def test_a_streak_is_days_in_a_row_and_today_may_still_come(days_ago: list[int], streak: int) -> None:
    assert streak_days((TODAY - timedelta(days=ago) for ago in days_ago), TODAY) == streak
