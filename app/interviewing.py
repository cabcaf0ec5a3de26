"""Holding a mock interview at the person's desk: what both front ends do with it."""

from __future__ import annotations

import secrets

from app.desk import Desk
from app.practice import interview as pure
from app.practice.clock import Instant
from app.practice.interview import Choice, Interview, Part, PartDone
from app.sitting import Sitting
from app.store import interviews, sessions
from app.text import count
from grader.estimation.draw import Round, draw
from grader.estimation.grading import RoundResult
from grader.estimation.template import load

MAX_SEED = 10**9 - 1


class Interviewing:
    """One interview, live. Each step is on disk when its method returns."""

    def __init__(self, desk: Desk, interview: Interview) -> None:
        self.desk = desk
        self.interview = interview

    @classmethod
    def start(cls, desk: Desk, minutes: int = 45, seed: int | None = None) -> Interviewing:
        """Draw the parts and start the clock. Other sessions are paused. Raises Refused."""
        rounds = [Choice(entry.name, entry.deck) for entry in desk.catalogue.rounds]
        drills = [Choice(drill.name, drill.deck, drill.file.par_minutes) for drill in desk.catalogue]
        avoid: frozenset[str] = frozenset()
        if seed is None:  # a seed that is given asks the same again
            seed = secrets.randbelow(MAX_SEED)
            avoid = frozenset(part.name for past in interviews.last_interviews(desk.database, 2) for part in past.parts)
        parts = pure.plan(minutes, rounds, drills, seed, avoid)
        desk.pause_all()
        interview = Interview(sessions.new_id(), desk.clock.now(), minutes, seed, parts)
        return cls(desk, interviews.save(desk.database, interview))

    @classmethod
    def take_up(cls, desk: Desk) -> Interviewing | None:
        """The interview that is not over; one whose time ended meanwhile is ended first."""
        interview = interviews.open_interview(desk.database)
        if interview is None:
            return None
        holding = cls(desk, interview)
        if holding.left_s() <= 0:
            holding.stop()
            return None
        return holding

    @property
    def part(self) -> Part | None:
        return self.interview.current

    def now(self) -> Instant:
        return self.desk.clock.now()

    def left_s(self) -> float:
        return self.interview.left_at(self.now())

    def round(self) -> Round:
        """The current estimation round; the same numbers each time it is asked for."""
        part = self.part
        assert part is not None and part.kind == "estimation"
        return draw(load(self.desk.catalogue.find_round(part.name)), self.interview.seed)

    def finish_round(self, result: RoundResult) -> PartDone:
        """Keep a graded round, and go on to the next part."""
        part = self.part
        assert part is not None
        score = round(100 * result.score / result.max_score)
        slips = [row.slip for row in result.rows if row.slip]
        note = f"{result.score} of {result.max_score} rows right" + (f"; slips: {', '.join(slips)}" if slips else "")
        self._finish(PartDone(score, result.passed, 0.0, note, seed=result.seed))
        done = self.interview.done[-1]
        self.desk.record_round(result, done.seconds, part.minutes * 60, interview=self.interview.id)
        return done

    def sitting(self) -> Sitting:
        """The session of the current drill; begun at the first call, taken up at later ones."""
        part = self.part
        assert part is not None and part.kind != "estimation"
        for each in self.desk.open_sittings():
            if each.session.interview == self.interview.id and each.drill.name == part.name:
                return each
        return self.desk.start(
            self.desk.catalogue.find(part.name), kind="interview", interview=self.interview.id, par_s=max(1.0, self.left_s())
        )

    def finish_drill(self, sitting: Sitting) -> PartDone:
        """Go on to the next part, with the best score that there is."""
        session = sitting.session
        if not session.over:
            sitting.give_up()
            session = sitting.session
        if session.submissions:
            note = f"{'passed' if session.passed else 'not passed'}, {count(session.submissions, 'submission')}"
        else:
            note = "nothing was submitted"
        return self._finish(PartDone(session.best_score or 0, session.passed, 0.0, note, session.id))

    def stop(self) -> Interview:
        """End the interview where it stands; an open part counts what it has."""
        part = self.part
        if part is None:
            return self.interview
        if part.kind != "estimation":
            for each in self.desk.open_sittings():
                if each.session.interview == self.interview.id:
                    self.finish_drill(each)
        if not self.interview.ended:
            self.interview = interviews.save(self.desk.database, pure.end(self.interview))
        return self.interview

    def _finish(self, done: PartDone) -> PartDone:
        self.interview = interviews.save(self.desk.database, pure.finish_part(self.interview, done, self.now()))
        return self.interview.done[-1]
