"""What both front ends stand on: the person's settings, drills and record, opened when they are first asked for."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from app.catalogue import open_drills
from app.errors import Refused
from app.home import Home
from app.practice import events
from app.practice.clock import Clock, SystemClock
from app.practice.rating import Rated, Rating, rate_round
from app.practice.schedule import (
    Candidate,
    Item,
    ItemKind,
    Memory,
    ReviewDone,
    Suggestion,
    due_text,
    next_best,
    next_days,
    streak_days,
)
from app.practice.session import Session
from app.practice.statistics import Statistics
from app.settings import Settings, change_setting, load_settings
from app.sitting import Sitting
from app.store import reviews, sessions, views
from app.store.database import Database
from app.workspace import Created, canonical, create_answer
from grader.catalogue import Catalogue, Drill, RoundEntry
from grader.toml_file import read_toml

if TYPE_CHECKING:
    from grader.estimation.grading import RoundResult

DIFFICULTIES = ("easy", "medium", "hard")


@dataclass(frozen=True)
class DueItem:
    """Something to practise today, and since when."""

    item: Item
    title: str
    why: str


@dataclass(frozen=True)
class DeckProgress:
    name: str
    title: str
    number: int
    num_drills: int
    practised: int
    passed: int
    due: int


@dataclass(frozen=True)
class DrillStatus:
    """A drill in the list of its deck."""

    name: str
    title: str
    difficulty: str
    par_minutes: int
    passed: bool
    attempts: int
    best_score: int | None
    due: date | None


@dataclass(frozen=True)
class HomeView:
    """All that home shows."""

    due: list[DueItem]
    next: Suggestion | None
    decks: list[DeckProgress]
    last: list[sessions.AttemptLine]
    streak_days: int
    practised_today: bool
    open: list[Session]
    first_run: bool


class Desk:
    """The person's desk. Methods may be called from any thread."""

    def __init__(self, home: Home | None = None, clock: Clock | None = None) -> None:
        self.home = home or Home.find()
        self.clock: Clock = clock or SystemClock()
        self.settings, self.settings_problems = load_settings(self.home.settings_path)
        self._database: Database | None = None
        self._lock = threading.Lock()
        self.created: Created | None = None
        """How the file of the last started session came about."""

    def __enter__(self) -> Desk:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        if self._database is not None:
            self._database.close()

    @property
    def database(self) -> Database:
        """The record. Raises StoreError when it cannot be used."""
        with self._lock:
            if self._database is None:
                self._database = Database(self.home.store_path)
            return self._database

    @cached_property
    def catalogue(self) -> Catalogue:
        """The shipped drills and one's own. Raises CatalogueError."""
        return open_drills(self.settings)

    def change_setting(self, key: str, value: Any) -> Settings:
        """Keep one setting and use it. Raises SettingsError, and CatalogueError for folders without drills: all stays then."""
        if key == "drill_folders":
            drills = open_drills(replace(self.settings, drill_folders=value))
            drills.find(next(iter(drills)).name)  # no name twice
        with self._lock:
            before, self.settings = self.settings, change_setting(self.home.settings_path, key, value)
            if self.settings.drill_folders != before.drill_folders:
                self.__dict__.pop("catalogue", None)
            return self.settings

    def today(self) -> date:
        return sessions.local_day(self.clock.now().wall_s)

    def start(
        self, drill: Drill, *, file: Path | None = None, fresh: bool | None = None, mode: events.Mode | None = None,
        kind: events.Kind = "practice", interview: str = "", par_s: float | None = None,
    ) -> Sitting:  # fmt: skip
        """Begin a session, or take up the drill's open one.

        Args:
            drill: What to practise.
            file: The answer file; else the one among the answers at home.
            fresh: True begins with the starter (an earlier file is kept under a dated name), False goes on with the file.
                When left out, an answer that passed or was given up is put aside, since it would give the drill away.
            mode: In place of the one in the settings.
            kind: An interview is always fresh, strict, without hints and without the ledger first.
            interview: Its id.
            par_s: In place of the drill's par time.

        Raises:
            WorkspaceError, StoreError: Nothing was started.
        """
        if kind == "practice" and (current := sessions.open_session_of(self.database, drill.name)) is not None:
            sitting = Sitting(self.database, self.clock, drill, current)
            self.created = create_answer(sitting.file, drill.read("starter.py"))
            self._pause_others(sitting)
            sitting.resume()
            return sitting
        path = canonical(file or self.home.answer_path(drill.deck, drill.name))
        if kind == "interview":
            path, fresh = canonical(self.home.answers / "interviews" / f"{drill.name}.py"), True
        if fresh is None:
            fresh = file is None and self._gives_away(drill, path)
        self.created = create_answer(path, drill.read("starter.py"), fresh=fresh)
        event = events.Started(
            drill.name, drill.deck, par_s or drill.file.par_minutes * 60.0,
            "strict" if kind == "interview" else mode or self.settings.mode,
            [] if kind == "interview" else [row.name for row in drill.file.ledger.rows], str(path), kind, interview,
        )  # fmt: skip
        session = sessions.start(self.database, events.Stamped(self.clock.now(), event))
        return Sitting(self.database, self.clock, drill, session)

    def _gives_away(self, drill: Drill, path: Path) -> bool:
        last = sessions.last_session_of(self.database, drill.name)
        return last is not None and last.file == str(path) and last.ended in ("passed", "gave_up")

    def _pause_others(self, sitting: Sitting) -> None:
        for session in sessions.open_sessions(self.database):
            if session.id != sitting.id and session.running:
                self.sitting_of(session).pause()

    def pause_all(self) -> None:
        """For quitting: no clock goes on."""
        for session in sessions.open_sessions(self.database):
            if session.running and session.kind == "practice":
                self.sitting_of(session).pause()

    def sitting_of(self, session: Session) -> Sitting:
        return Sitting(self.database, self.clock, self.catalogue.find(session.drill), session)

    def sitting(self, session_id: str) -> Sitting:
        return self.sitting_of(sessions.load(self.database, session_id))

    def open_sittings(self) -> list[Sitting]:
        """Sessions that are not over, the latest first; those of drills that are gone are left out."""
        known = {drill.name for drill in self.catalogue}
        return [self.sitting_of(session) for session in sessions.open_sessions(self.database) if session.drill in known]

    def sitting_of_drill(self, name: str) -> Sitting | None:
        session = sessions.open_session_of(self.database, self.catalogue.find(name).name)
        return self.sitting_of(session) if session else None

    def sitting_of_file(self, path: Path) -> Sitting | None:
        """The open session whose answer this file is. Does not make a record where there is none."""
        if not self.home.store_path.exists():
            return None
        session = sessions.open_session_of_file(self.database, str(canonical(path)))
        return self.sitting_of(session) if session else None

    def give_up_unstarted(self, drill: Drill) -> ReviewDone | None:
        """Give up a drill that has no open session: a session that is over at once."""
        started = events.Started(
            drill.name, drill.deck, drill.file.par_minutes * 60.0, self.settings.mode, [],
            str(canonical(self.home.answer_path(drill.deck, drill.name))),
        )  # fmt: skip
        session = sessions.start(self.database, events.Stamped(self.clock.now(), started))
        return Sitting(self.database, self.clock, drill, session).give_up()

    def the_sitting(self, name: str | None) -> Sitting:
        """The open session of this drill, or the latest open one where none is named. Raises Refused."""
        if name is not None:
            sitting = self.sitting_of_drill(name) if self.home.store_path.exists() else None
            if sitting is None:
                self.catalogue.find(name)
                raise Refused(f"{name} has no open session\nhint: drill start {name}")
            return sitting
        current = self.open_sittings() if self.home.store_path.exists() else []
        if not current:
            raise Refused("there is no open session\nhint: drill start NAME; `drill list` shows the names")
        return next((sitting for sitting in current if sitting.session.running), current[0])

    def may_see_reference(self, drill: Drill) -> bool:
        return self.home.store_path.exists() and sessions.may_see_reference(self.database, drill.name)

    def due_of(self, kind: ItemKind) -> dict[str, date]:
        """Name -> day, of the items of this kind that were practised."""
        return {item.name: memory.due for item, memory in reviews.memories(self.database).items() if item.kind == kind}

    def candidates(self, memories: dict[Item, Memory]) -> list[Candidate]:
        """Every drill and every card, as the choice of the next one sees them."""
        found = []
        for position, deck in enumerate(self.catalogue.decks):
            started = any(Item("drill", drill.name) in memories for drill in deck.drills)
            card = Item("card", deck.name)
            found.append(Candidate(
                card, f"Card: {deck.card.title}", deck.name, deck.card.title, frozenset(), (position,),
                memories[card].due if card in memories else None, started,
            ))  # fmt: skip
            by_ease = sorted(deck.drills, key=lambda d: (DIFFICULTIES.index(d.file.difficulty), d.file.par_minutes, d.name))
            for rank, drill in enumerate(by_ease):
                item = Item("drill", drill.name)
                found.append(Candidate(
                    item, drill.file.title, deck.name, deck.card.title, frozenset(drill.file.tags), (rank, position),
                    memories[item].due if item in memories else None, started,
                ))  # fmt: skip
            for rank, entry in enumerate(deck.rounds):
                item = Item("estimation", entry.name)
                found.append(Candidate(
                    item, f"Estimation: {entry.name.replace('_', ' ')}", deck.name, deck.card.title, frozenset(),
                    (rank, position), memories[item].due if item in memories else None, started,
                ))  # fmt: skip
        return found

    def next_best(self) -> Suggestion | None:
        """What to do now, and why."""
        memories = reviews.memories(self.database)
        return next_best(self.candidates(memories), self.today(), reviews.last_item(self.database))

    def home_view(self, limit: int = 5) -> HomeView:
        """All that home shows, in a handful of small queries."""
        today = self.today()
        memories = reviews.memories(self.database)
        candidates = self.candidates(memories)
        due = sorted((c for c in candidates if c.due is not None and c.due <= today), key=lambda c: (c.due, c.order))
        last = sessions.last_attempts(self.database, limit)
        return HomeView(
            due=[DueItem(c.item, c.title, due_text(c.due, today)) for c in due if c.due is not None],
            next=next_best(candidates, today, reviews.last_item(self.database)),
            decks=self._progress(candidates, today), last=last,
            streak_days=streak_days(views.days_back(self.database), today),
            practised_today=views.practised_on(self.database, today),
            open=[sitting.session for sitting in self.open_sittings()], first_run=not last and not memories,
        )  # fmt: skip

    def _progress(self, candidates: Sequence[Candidate], today: date) -> list[DeckProgress]:
        sums = views.drill_sums(self.database)
        progress = []
        for deck in self.catalogue.decks:
            mine = [sums[drill.name] for drill in deck.drills if drill.name in sums]
            due = sum(c.deck == deck.name and c.due is not None and c.due <= today for c in candidates)
            passed = sum(row[1] > 0 for row in mine)
            progress.append(
                DeckProgress(deck.name, deck.card.title, deck.card.number, len(deck.drills), len(mine), passed, due)
            )
        return progress

    def deck_view(self, name: str) -> list[DrillStatus]:
        """The drills of a deck, with what became of them."""
        sums, due = views.drill_sums(self.database), self.due_of("drill")
        found = []
        for drill in next(deck for deck in self.catalogue.decks if deck.name == name).drills:
            attempts, passed, best = sums.get(drill.name, (0, 0, None))
            file = drill.file
            found.append(DrillStatus(
                drill.name, file.title, file.difficulty, file.par_minutes, passed > 0, attempts, best,
                due.get(drill.name),
            ))  # fmt: skip
        return found

    def first_round(self) -> RoundEntry:
        """For the first visit, which asks a few of its rows: the shortest easy round, of the first deck with one."""
        from grader.estimation.template import TemplateFile

        files = {entry: read_toml(entry.path, TemplateFile) for entry in self.catalogue.rounds}
        return min(files, key=lambda e: (DIFFICULTIES.index(files[e].difficulty), files[e].par_minutes))

    def first_drill(self) -> Drill:
        """For the first visit: the shortest of the easy ones."""
        return min(self.catalogue, key=lambda d: (DIFFICULTIES.index(d.file.difficulty), d.file.par_minutes, d.name))

    def statistics(self) -> Statistics:
        return views.statistics(self.database, self.today())

    def next_days(self, item: Item) -> dict[Rating, int]:
        """What each rating of this item would do today: days until its next practice."""
        return next_days(reviews.reviews_of(self.database, item), self.today())

    def record_recall(
        self, deck: str, rating: Rating, *, own_answer: str = "", ticked: Sequence[int] = (), seconds: float = 0.0
    ) -> ReviewDone:
        """Keep a recall of a deck's card, with the own answer and the numbers of the points that it named."""
        detail = json.dumps({"own_answer": own_answer, "ticked": list(ticked), "seconds": round(seconds, 1)})
        return self._record(Item("card", deck), rating, "card", detail)

    def record_round(
        self, result: RoundResult, took_s: float, par_s: float, *, whole: bool = True, **kept: Any
    ) -> ReviewDone:
        """Rate an estimation round and keep it: its seed, its answers, and whatever else is `kept`.

        Args:
            whole: False where only its first rows were asked: then it is Good at best.
        """
        rated = rate_round(result.score / result.max_score, took_s, par_s)
        if not whole:
            rated = Rated(min(rated.rating, Rating.GOOD), f"{rated.why}, of the first {result.max_score} rows")
        detail = {"seed": result.seed, "answers": {row.name: row.answer for row in result.rows}} | kept
        return self._record(Item("estimation", result.round), rated.rating, rated.why, json.dumps(detail), rated.rating)

    def _record(self, item: Item, rating: Rating, why: str, detail: str, suggested: Rating | None = None) -> ReviewDone:
        return reviews.add_review(
            self.database, reviews.NewReview(item, rating, why, self.clock.now().wall_s, suggested, None, detail)
        )

    def override(self, review_id: str, rating: Rating) -> ReviewDone:
        """Rate a review otherwise."""
        return reviews.override(self.database, review_id, rating)
