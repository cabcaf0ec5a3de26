"""One session, live: what a front end can do with it. Each action is one event, on disk when the method returns."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from app.errors import Refused, WorkspaceError
from app.practice import costs, events, rating
from app.practice.clock import Clock, Instant
from app.practice.schedule import Item, ReviewDone
from app.practice.session import Session
from app.store import reviews, sessions
from app.store.database import Database
from app.workspace import FileVersion, fill_ledger, read_answer, save_answer
from grader.catalogue import Drill
from grader.result import Result

if TYPE_CHECKING:
    from grader.ledger import RowResult

Tick = Literal["", "submit", "over"]


@dataclass(frozen=True)
class Recorded:
    """What came of an attempt. `review` is there when it ended the session."""

    attempt: str
    session: Session
    review: ReviewDone | None


class Sitting:
    """A session with its drill, its file and the record. Safe to use from several threads, one call at a time."""

    def __init__(self, database: Database, clock: Clock, drill: Drill, session: Session) -> None:
        self._database = database
        self._clock = clock
        self.drill = drill
        self.session = session

    @property
    def id(self) -> str:
        return self.session.id

    @property
    def file(self) -> Path:
        return Path(self.session.file)

    def now(self) -> Instant:
        return self._clock.now()

    def elapsed_s(self) -> float:
        return self.session.elapsed_at(self.now())

    def left_s(self) -> float:
        return self.session.left_at(self.now())

    def mark(self) -> costs.Mark:
        """The practice mark as it stands, with its costs."""
        return costs.mark(self.session, self.elapsed_s())

    def refresh(self) -> Session:
        """Take in what another program added."""
        self.session = sessions.load(self._database, self.id)
        return self.session

    def _do(self, event: events.AnyEvent, attempt: sessions.AttemptRecord | None = None, at: Instant | None = None) -> Session:
        try:
            self.session = sessions.append(self._database, self.session, events.Stamped(at or self.now(), event), attempt)
        except Refused:
            self.refresh()
            raise
        return self.session

    def pause(self) -> Session:
        """Stop the clock. Nothing happens where it stands already."""
        with contextlib.suppress(Refused):  # another program did so first, or ended it
            if self.refresh().running:
                self._do(events.Paused())
        return self.session

    def resume(self) -> Session:
        """Let the clock go on. Nothing happens where it goes."""
        with contextlib.suppress(Refused):  # another program did so first, or ended it
            if self.refresh().paused:
                self._do(events.Resumed())
        return self.session

    def away_s(self) -> float:
        """Seconds without a sign of life and without a pause."""
        return self.session.away_s(self.now(), sessions.last_sign_of_life(self._database, self.id))

    def forgive_away(self) -> Session:
        """Leave the time away out of the clock."""
        return self._do(events.AwayForgiven(self.away_s()))

    def sign_of_life(self) -> None:
        """Say that the session is on a screen. Call it every 15 seconds or so."""
        sessions.sign_of_life(self._database, self.id, self.now())

    def tick(self) -> Tick:
        """Look at the clock: `submit` when strict mode asks for the file now, `over` when relaxed mode just passed zero."""
        session = self.session
        if not session.running or session.left_at(self.now()) > 0:
            return ""
        if session.mode == "strict":
            return "submit"
        if session.went_over:
            return ""
        with contextlib.suppress(Refused):  # another program noted it first
            self._do(events.WentOver())
        return "over"

    def save_ledger(self, entries: Mapping[str, str]) -> Session:
        """Keep what stands in the rows."""
        filled = {name: text for name, text in entries.items() if text.strip()}
        return self.session if filled == self.session.ledger else self._do(events.LedgerSaved(filled))

    def grade_ledger(self, entries: Mapping[str, str]) -> list[RowResult]:
        """Grade the rows by value. The code opens when all are right."""
        from grader.ledger import grade

        filled = {name: text for name, text in entries.items() if text.strip()}
        results = grade(self.drill.file.ledger, filled, None, random.Random())
        wrong = {row.name: row.message for row in results if not row.passed}
        self._do(events.LedgerGraded(filled, wrong))
        self._carry_ledger()
        return results

    def open_code(self) -> Session:
        """Go on with rows that are not right yet."""
        self._do(events.CodeOpened())
        self._carry_ledger()
        return self.session

    def skip_ledger(self) -> Session:
        """Go on without a ledger, at its cost."""
        self._do(events.LedgerSkipped())
        self._carry_ledger()
        return self.session

    def _carry_ledger(self) -> None:
        """Write what was filled in into the empty rows of the file's LEDGER, once the code is open."""
        if not (self.session.code_open and self.session.ledger):
            return
        with contextlib.suppress(WorkspaceError):  # the rows stay in the record; the file is the person's
            answer = read_answer(self.file)
            filled = fill_ledger(answer.text, self.session.ledger)
            if filled != answer.text:
                save_answer(self.file, filled, answer.version)

    def hint(self, level: int) -> str:
        """The text of a hint. The first time it is paid for."""
        if level > self.session.hints:
            self._do(events.HintTaken(level))
        return self.drill.file.hints[level - 1]

    def record_run(self, result: Result) -> Session:
        """Note a run of the public suite."""
        return self._do(events.PublicRun(result.submission_sha256, result.verdict, *result.counted))

    def record_attempt(self, result: Result, source: str, *, at_zero: bool = False, at: Instant | None = None) -> Recorded:
        """Keep a judgement of the hidden suite. A pass ends the session, and so does the submission at zero.

        Args:
            result: The verdict. An error of the grader is no attempt: it is refused.
            source: The text that was judged.
            at_zero: Strict mode submitted it.
            at: When it was submitted, where that is known: judging takes time, too.
        """
        if result.verdict == "grader_error":
            raise Refused(f"nothing was judged: {result.message}\nhint: submit again; the clock and the file are as they were")
        attempt = sessions.AttemptRecord(sessions.new_id(), source, result)
        event = events.Attempted(
            attempt.id, result.submission_sha256, result.verdict, result.passed, result.score, result.seconds, at_zero
        )
        try:
            self._do(event, attempt, at)
        except Refused:
            sessions.keep_late_attempt(self._database, self.session, at or self.now(), attempt)
            raise
        return Recorded(attempt.id, self.session, self._review())

    def give_up(self) -> ReviewDone | None:
        """End it; the reference may be seen."""
        self._do(events.GaveUp())
        return self._review()

    def abandon(self) -> None:
        """Put it away without a verdict."""
        self._do(events.Abandoned())

    @property
    def review(self) -> ReviewDone | None:
        """The rating of this session, once it is over."""
        return reviews.review_of_session(self._database, self.id)

    def _review(self) -> ReviewDone | None:
        rated = rating.rate(self.session)
        if rated is None or (done := self.review) is not None:
            return None if rated is None else done
        return reviews.add_review(self._database, reviews.NewReview(
            Item("drill", self.drill.name), rated.rating, rated.why, self.now().wall_s, rated.rating, self.id,
        ))  # fmt: skip

    def save_draft(self, text: str, base: FileVersion | None) -> None:
        """Keep unsaved text while the file holds somebody else's."""
        sessions.save_draft(self._database, self.id, text, base.sha256 if base else "", self.now())

    def draft(self) -> tuple[str, str] | None:
        """That text, and the sha256 of the file it was made from."""
        return sessions.draft_of(self._database, self.id)

    def clear_draft(self) -> None:
        sessions.clear_draft(self._database, self.id)
