"""Sittings and the desk on a real record: nothing is lost, two apps agree, and home says what is next."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from app.desk import Desk
from app.errors import Refused
from app.home import Home
from app.practice.clock import ManualClock
from app.practice.rating import Rating
from app.practice.schedule import Item
from app.store import sessions
from app.store.database import Database
from grader.result import Result

Results = Callable[..., Result]


def test_a_session_from_start_to_pass(desk: Desk, clock: ManualClock, result_of: Results) -> None:
    drill = desk.catalogue.find("gqa_cache")
    sitting = desk.start(drill)
    answers = {row.name: row.answer for row in drill.file.ledger.rows}

    assert sitting.file.read_text() == drill.read("starter.py")
    assert all(row.passed for row in sitting.grade_ledger(answers))
    assert sitting.session.phase == "code"
    assert '"nbytes": "2 * B * G * L * Dh * e"' in sitting.file.read_text()
    clock.advance(60)
    recorded = sitting.record_attempt(result_of("gqa_cache", passed=True, score=100), "source text")

    assert recorded.session.passed
    assert recorded.review is not None
    assert recorded.review.rating is Rating.EASY
    assert recorded.review.due > desk.today()
    assert sessions.read_attempt(desk.database, recorded.attempt)[0] == "source text"
    assert desk.may_see_reference(drill)
    assert desk.open_sittings() == []


def test_everything_is_there_after_kill_9(home: Home) -> None:
    code = (
        "import os, signal, sys\nfrom pathlib import Path\nfrom app.desk import Desk\nfrom app.home import Home\n"
        "desk = Desk(Home(Path(sys.argv[1])))\nsitting = desk.start(desk.catalogue.find('gqa_cache'))\n"
        "sitting.save_ledger({'nbytes': '2 * B'})\nsitting.hint(2)\nsitting.file.write_text('half an answer')\n"
        "sitting.save_draft('unsaved', None)\nos.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(home.folder)], timeout=60, check=False, capture_output=True)
    assert done.returncode == -signal.SIGKILL, done.stderr

    with Desk(home) as desk:
        sitting = desk.open_sittings()[0]
        assert (sitting.session.ledger, sitting.session.hints) == ({"nbytes": "2 * B"}, 2)
        assert sitting.file.read_text() == "half an answer"
        assert sitting.draft() == ("unsaved", "")
        assert sitting.session.running, "a crash is no pause: the time goes on"
        assert 0 < sitting.left_s() < sitting.session.par_s


def test_two_apps_on_one_record_do_not_fork_a_session(home: Home, clock: ManualClock) -> None:
    with Desk(home, clock) as one, Desk(home, clock) as other:
        here = one.start(one.catalogue.find("gqa_cache"))
        there = other.open_sittings()[0]
        here.hint(1)
        there.save_ledger({"nbytes": "1"})
        assert there.session.hints == 1, "it took in what the other one wrote"
        here.hint(2)
        there.pause()
        here.pause()
        here.skip_ledger()
        with pytest.raises(Refused, match="ledger is closed"):
            there.skip_ledger()
        assert here.refresh() == there.refresh()
        here.give_up()
        with pytest.raises(Refused, match="over"):
            there.save_ledger({"nbytes": "2"})
        assert there.session.over


def test_two_apps_that_start_the_same_drill_at_once_share_a_session(home: Home) -> None:
    with Desk(home) as first:
        drill = first.catalogue.find("gqa_cache")
        assert first.database
        ids = []

        def begin() -> None:
            with Desk(home) as other:
                ids.append(other.start(drill).id)

        threads = [threading.Thread(target=begin) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(ids) == 4
        assert len(set(ids)) == 1


def test_many_threads_and_processes_append_without_loss(home: Home, clock: ManualClock, result_of: Results) -> None:
    with Desk(home, clock) as one, Desk(home, clock) as other:
        sittings = [one.start(one.catalogue.find("gqa_cache"))]
        sittings += [one.sitting(sittings[0].id), other.sitting(sittings[0].id), other.sitting(sittings[0].id)]

        def work(number: int) -> None:
            for _ in range(10):
                sittings[number].record_run(result_of("gqa_cache"))

        threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sittings[0].refresh().runs == 40


def test_an_attempt_is_kept_also_when_the_session_ended_meanwhile(home: Home, clock: ManualClock, result_of: Results) -> None:
    with Desk(home, clock) as one, Desk(home, clock) as other:
        here = one.start(one.catalogue.find("gqa_cache"))
        other.open_sittings()[0].give_up()
        with pytest.raises(Refused):
            here.record_attempt(result_of("gqa_cache"), "kept")
        assert sessions.read_attempt(one.database, sessions.last_attempts(one.database, 1)[0].id)[0] == "kept"


def test_one_clock_goes_at_a_time(desk: Desk, clock: ManualClock) -> None:
    first = desk.start(desk.catalogue.find("gqa_cache"))
    clock.advance(10)
    desk.start(desk.catalogue.find("dpo_loss"))
    clock.advance(10)

    assert first.refresh().paused
    again = desk.start(desk.catalogue.find("gqa_cache"))
    assert again.id == first.id
    assert again.session.elapsed_at(clock.now()) == pytest.approx(10)
    assert sum(each.session.running for each in desk.open_sittings()) == 1
    desk.pause_all()
    assert not any(each.session.running for each in desk.open_sittings())


def test_strict_asks_for_the_file_at_zero_and_relaxed_goes_on(desk: Desk, clock: ManualClock, result_of: Results) -> None:
    strict = desk.start(desk.catalogue.find("gqa_cache"), mode="strict")
    assert strict.tick() == ""
    clock.advance(25 * 60)
    assert strict.tick() == "submit"
    strict.record_attempt(result_of("gqa_cache", score=70), "x", at_zero=True)
    assert strict.session.ended == "out_of_time"
    assert strict.review is not None
    assert strict.review.rating is Rating.AGAIN
    relaxed = desk.start(desk.catalogue.find("dpo_loss"), mode="relaxed")
    clock.advance(3600)
    assert [relaxed.tick(), relaxed.tick()] == ["over", ""]


def test_a_fault_of_the_grader_is_no_attempt(desk: Desk, result_of: Results) -> None:
    sitting = desk.start(desk.catalogue.find("gqa_cache"))
    with pytest.raises(Refused, match="nothing was judged"):
        sitting.record_attempt(result_of("gqa_cache", verdict="grader_error", score=None), "x")

    assert sitting.session.submissions == 0
    assert sessions.last_attempts(desk.database, 5) == []


def test_a_solved_answer_is_put_aside_and_an_unfinished_one_goes_on(desk: Desk, clock: ManualClock, result_of: Results) -> None:
    drill = desk.catalogue.find("gqa_cache")
    sitting = desk.start(drill)
    sitting.file.write_text("solved")
    sitting.record_attempt(result_of("gqa_cache", passed=True, score=100), "solved")
    again = desk.start(drill)

    assert again.file.read_text() == drill.read("starter.py")
    assert desk.created is not None
    assert desk.created.kept is not None
    assert desk.created.kept.read_text() == "solved"
    again.file.write_text("unfinished")
    again.abandon()
    assert desk.start(drill).file.read_text() == "unfinished"


def test_an_override_is_as_if_it_had_been_so_at_once(desk: Desk, clock: ManualClock) -> None:
    done = desk.record_recall("attention", Rating.AGAIN, own_answer="no idea")
    changed = desk.override(done.review_id, Rating.EASY)

    assert (done.due - desk.today()).days == 1
    assert changed.due > done.due
    clock.advance(86_400)
    assert not desk.record_recall("attention", Rating.GOOD).counted, "it is not due yet"


def test_home_of_a_new_person_and_after_some_practice(desk: Desk, clock: ManualClock, result_of: Results) -> None:
    view = desk.home_view()
    assert view.first_run
    assert view.next is not None
    assert (view.due, view.last, view.open, view.streak_days) == ([], [], [], 0)
    for name in ("gqa_cache", "dpo_loss"):
        sitting = desk.start(desk.catalogue.find(name))
        sitting.record_attempt(result_of(name), "x")
        sitting.give_up()
    clock.advance(86_400)
    view = desk.home_view()

    assert {item.item for item in view.due} == {Item("drill", "gqa_cache"), Item("drill", "dpo_loss")}
    assert view.due[0].why == "due today"
    assert view.next is not None
    assert view.next.item == Item("drill", "gqa_cache"), "dpo_loss was done last"
    assert (view.streak_days, view.practised_today, view.first_run) == (1, False, False)
    attention = next(deck for deck in view.decks if deck.name == "attention")
    assert (attention.practised, attention.passed, attention.due) == (1, 0, 1)
    status = next(drill for drill in desk.deck_view("attention") if drill.name == "gqa_cache")
    assert (status.attempts, status.best_score, status.due) == (1, 40, desk.today())
    statistics = desk.statistics()
    assert statistics.families[0].share == pytest.approx(0.6)
    assert {found.name: found.count for found in statistics.misconceptions} == {"off_by_one": 1}
    assert statistics.forecast[0].count == 2


def test_a_sessions_file_is_known_however_it_is_named(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    sitting = desk.start(desk.catalogue.find("gqa_cache"), file=tmp_path / "link" / "a.py")
    monkeypatch.chdir(tmp_path / "real")

    for name in (tmp_path / "real" / "a.py", tmp_path / "link" / "a.py", Path("a.py"), Path("..", "real", "a.py")):
        found = desk.sitting_of_file(name)
        assert found is not None
        assert found.id == sitting.id
    assert desk.sitting_of_file(tmp_path / "a.py") is None


def test_nothing_is_made_on_disk_by_looking_for_a_session(home: Home, tmp_path: Path) -> None:
    with Desk(home) as desk:
        assert desk.sitting_of_file(tmp_path / "x.py") is None
        assert not desk.may_see_reference(desk.catalogue.find("gqa_cache"))

    assert not home.folder.exists()


def test_a_session_that_cannot_be_read_says_which(desk: Desk) -> None:
    sitting = desk.start(desk.catalogue.find("gqa_cache"))
    with desk.database.transaction() as connection:
        connection.execute("UPDATE events SET body = '{}'")

    with pytest.raises(Exception, match=sitting.id):
        desk.sitting(sitting.id)


def test_a_record_is_one_file_beside_the_answers(desk: Desk, home: Home) -> None:
    desk.start(desk.catalogue.find("gqa_cache"))
    desk.close()

    assert sorted(os.listdir(home.folder)) == ["answers", "drill.sqlite3"]
    Database(home.store_path).close()
