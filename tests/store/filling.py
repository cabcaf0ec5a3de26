"""Fills a record with many attempts, as years of practice would. Also used to measure."""

from __future__ import annotations

import random
from collections.abc import Sequence

import msgspec

from app.practice import events
from app.practice.rating import Rating
from app.practice.schedule import Item
from app.store.database import Database
from app.store.reviews import reschedule
from grader.result import CheckResult, FamilyResult, Misconception, Result, unscored

DAY_S = 86_400.0
FAMILIES = ("contract", "shape", "numerics", "gradients", "ledger")


def fill(database: Database, drills: Sequence[tuple[str, str]], num_attempts: int, until_wall_s: float, seed: int = 1) -> None:
    """Add attempts over 1,000 days, each with its session, text, result and review.

    Args:
        database: An empty record, or any.
        drills: (drill, deck), from which each attempt takes one.
        num_attempts: How many.
        until_wall_s: When the last one was.
        seed: Of the draws.
    """
    import time

    source = random.Random(seed)
    base = unscored("", "failed", "")
    step_s = 1000 * DAY_S / max(1, num_attempts)
    with database.transaction() as connection:
        for number in range(num_attempts):
            drill, deck = source.choice(drills)
            at = until_wall_s - (num_attempts - 1 - number) * step_s
            day = time.strftime("%Y-%m-%d", time.localtime(at))
            passed = source.random() < 0.5
            result = synthetic_result(base, drill, passed, source)
            name = f"{number:032x}"
            history = [events.Started(drill, deck, 900.0, "relaxed", [], "/answers/x.py"),
                       events.Attempted(name, name, result.verdict, passed, result.score, 0.2)]  # fmt: skip
            history += [] if passed else [events.GaveUp()]
            values = (name, drill, deck, at, at, day, "passed" if passed else "gave_up", len(history), 600.0)
            connection.execute(
                "INSERT INTO sessions"
                " (id, drill, deck, kind, file, started_wall_s, last_wall_s, day, ended, num_events, elapsed_s)"
                " VALUES (?, ?, ?, 'practice', '/answers/x.py', ?, ?, ?, ?, ?, ?)", values,
            )  # fmt: skip
            connection.executemany(
                "INSERT INTO events VALUES (?, ?, '', 0.0, ?, ?)",
                [(name, n, at, events.encode_event(event).decode()) for n, event in enumerate(history, 1)],
            )
            attempt = (name, name, drill, deck, at, day, result.verdict, passed, result.score, source.uniform(60, 1800), name)
            connection.execute("INSERT INTO attempts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 900, 0, 7, ?)", attempt)
            connection.execute("INSERT INTO texts VALUES (?, ?)", (name, f"# {number}\n" + "x = 1\n" * 300))
            connection.execute("INSERT INTO results VALUES (?, ?)", (name, result.to_json().decode()))
            connection.executemany(
                "INSERT INTO attempt_families VALUES (?, ?, ?, ?, ?)",
                [(name, deck, family, summary.points, summary.max_points) for family, summary in result.families.items()],
            )
            for found in result.misconceptions:
                mistake = (name, found.name, drill, found.message)
                connection.execute("INSERT INTO attempt_misconceptions VALUES (?, ?, ?, ?)", mistake)
            connection.execute(
                "INSERT INTO reviews (id, item, wall_s, day, rating, why, session) VALUES (?, ?, ?, ?, ?, 'filled', ?)",
                (name, str(Item("drill", drill)), at, day, int(Rating.GOOD if passed else Rating.AGAIN), name),
            )
        for item in {str(Item("drill", drill)) for drill, _ in drills}:
            if connection.execute("SELECT 1 FROM reviews WHERE item = ?", (item,)).fetchone():
                reschedule(connection, item)


def synthetic_result(base: Result, drill: str, passed: bool, source: random.Random) -> Result:
    points = {name: 20.0 if passed else source.uniform(0, 20) for name in FAMILIES}
    families = {name: FamilyResult(points[name], 20.0, 4, 0 if passed else 1, 0) for name in FAMILIES}
    checks = [CheckResult(f"{name}_{n}", name, "passed", "", 5.0, 5.0) for name in FAMILIES for n in range(4)]  # type: ignore[arg-type]
    found = [] if passed else [Misconception(source.choice(["off_by_one", "no_mask"]), "a known mistake", "")]
    score = 100 if passed else int(sum(family.points for family in families.values()))
    return msgspec.structs.replace(
        base, drill=drill, verdict="passed" if passed else "failed", passed=passed, score=score, families=families,
        checks=checks, misconceptions=found,
    )  # fmt: skip
