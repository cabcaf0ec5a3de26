"""Export and import: nothing is lost, twice is as good as once, and foreign documents are refused whole."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from app.desk import Desk
from app.errors import StoreError
from app.home import Home
from app.practice.clock import ManualClock
from app.practice.rating import Rating
from app.store.database import Database
from app.store.transfer import Taken, export_record, import_record
from app.store.views import statistics
from grader.result import Result
from tests.store.filling import fill

Results = Callable[..., Result]


def practise(desk: Desk, clock: ManualClock, result_of: Results) -> None:
    for name, passed in (("gqa_cache", False), ("dpo_loss", True)):
        sitting = desk.start(desk.catalogue.find(name))
        sitting.skip_ledger()
        clock.advance(100)
        sitting.record_attempt(result_of(name, passed=passed), f"text of {name}")
    desk.record_recall("attention", Rating.GOOD, own_answer="mine")


def test_a_record_survives_the_journey(desk: Desk, clock: ManualClock, result_of: Results, tmp_path: Path) -> None:
    practise(desk, clock, result_of)
    data = export_record(desk.database)
    with Desk(Home(tmp_path / "other"), clock) as other:
        assert import_record(other.database, data) == Taken(2, 2, 2, 0, 0)
        assert export_record(other.database) == data
        assert other.statistics() == desk.statistics()
        assert other.home_view() == desk.home_view()
        assert import_record(other.database, data) == Taken(0, 0, 0, 0, 0)
        assert export_record(other.database) == data


def test_two_records_merge_and_a_longer_session_wins(
    desk: Desk, clock: ManualClock, result_of: Results, tmp_path: Path
) -> None:  # fmt: skip
    practise(desk, clock, result_of)
    early = export_record(desk.database)
    with Desk(Home(tmp_path / "other"), clock) as other:
        import_record(other.database, early)
        other.start(other.catalogue.find("rms_norm"))
        desk.open_sittings()[0].hint(3)
        taken = import_record(other.database, export_record(desk.database))
        assert (taken.sessions, taken.kept) == (1, 0)
        assert {each.drill.name: each.session.hints for each in other.open_sittings()} == {"gqa_cache": 3, "rms_norm": 0}
        other.sitting_of_drill("gqa_cache").give_up()  # type: ignore[union-attr]
        desk.sitting_of_drill("gqa_cache").abandon()  # type: ignore[union-attr]
        assert import_record(other.database, export_record(desk.database)).kept == 1


@pytest.mark.parametrize(("change", "words"), [
    ({"format": "other"}, "not an export"),
    ({"version": 2}, "version 2"),
    ({"attempts": [{"id": 1}]}, "not whole"),
    ({"sessions": []}, "belongs to no session"),
    ({"reviews": [{"id": "r", "item": "x", "wall_s": 1.0, "day": "2026-01-01", "rating": 9, "suggested": None, "why": "",
                   "session": None, "detail": "{}"}]}, "not whole"),
])  # fmt: skip
def test_what_is_no_export_is_refused_whole(
    change: dict[str, object], words: str, desk: Desk, clock: ManualClock, result_of: Results, tmp_path: Path
) -> None:
    practise(desk, clock, result_of)
    document = json.loads(export_record(desk.database)) | change
    with Database(tmp_path / "other.sqlite3") as other:
        empty = export_record(other)
        for data in (json.dumps(document).encode(), b"{", b""):
            with pytest.raises(StoreError, match=words if data[:2] == b'{"' else "not whole"):
                import_record(other, data)
        assert export_record(other) == empty


def test_thousands_of_attempts_are_summed_as_they_are(tmp_path: Path) -> None:
    with Database(tmp_path / "a.sqlite3") as database:
        fill(database, [("gqa_cache", "attention"), ("dpo_loss", "objectives")], 300, time.time())
        with database.reading() as connection:
            attempts = connection.execute("SELECT deck, passed, score, elapsed_s, day FROM attempts").fetchall()
        found = statistics(database, date.today(), num_weeks=1000)

    assert found.totals.attempts == 300
    assert found.totals.passed == sum(row[1] for row in attempts)
    assert found.totals.hours == pytest.approx(sum(row[3] for row in attempts) / 3600)
    for deck in ("attention", "objectives"):
        weeks = [week for week in found.weeks if week.deck == deck]
        mine = [row for row in attempts if row[0] == deck]
        assert sum(week.attempts for week in weeks) == len(mine)
        total = sum((week.mean_score or 0) * week.attempts for week in weeks)
        assert total == pytest.approx(sum(row[2] for row in mine))
        days = [date.fromisoformat(row[4]) for row in mine]
        assert {week.week for week in weeks} == {day - timedelta(days=day.weekday()) for day in days}


def test_thousands_of_attempts_travel(tmp_path: Path) -> None:
    with Database(tmp_path / "a.sqlite3") as one, Database(tmp_path / "b.sqlite3") as other:
        fill(one, [("gqa_cache", "attention"), ("dpo_loss", "objectives")], 1000, time.time())
        data = export_record(one)

        assert import_record(other, data) == Taken(1000, 1000, 1000, 0, 0)
        assert export_record(other) == data
        assert statistics(other, date.today()) == statistics(one, date.today())
