"""Strict mode while nothing else looks at the clock: an editor has the terminal, or nobody was there at zero."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType

from app.practice.clock import duration_text
from app.sitting import Recorded, Sitting
from app.workspace import mtime_ns
from grader.errors import DrillError
from grader.result import Result, unscored
from grader.submission import Submission, UnusableFile, read_submission

LOOK_EVERY_S = 0.2
LATE_S = 10.0
"""Later than this after zero, a submission is told to be late."""
Judge = Callable[[Submission], Result]


class AtZero:
    """A context in which a strict session's file is judged when its time is over: what the file holds at that moment.

    Leaving the context waits for a judgement that is under way.

    Args:
        sitting: The session. Nothing else may act on it meanwhile.
        judge: Runs the hidden suite, in a thread of its own.

    Attributes:
        result: The judgement; None where the time was not over, or nothing could be judged.
        source: The text that it is about.
        recorded: What came of it.
    """

    def __init__(self, sitting: Sitting, judge: Judge) -> None:
        self.result: Result | None = None
        self.source = ""
        self.recorded: Recorded | None = None
        self._sitting = sitting
        self._judge = judge
        self._left = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="at zero", daemon=True)

    def __enter__(self) -> AtZero:
        if self._sitting.session.mode == "strict":
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._left.set()
        if self._thread.ident is not None:
            self._thread.join()

    def wait(self) -> None:
        """Until it is judged, where the time is over already."""
        self._thread.join()

    def _watch(self) -> None:
        while self._sitting.tick() != "submit":
            if self._left.wait(LOOK_EVERY_S):
                return
        at = self._sitting.now()
        try:
            submission = read_submission(str(self._sitting.file))
        except UnusableFile as error:
            result = unscored(self._sitting.drill.name, "rejected", str(error))
        else:
            self.source = submission.source
            result = self._judge(submission)
        try:
            self.recorded = self._sitting.record_attempt(result, self.source, at_zero=True, at=at)
            self.result = result
        except DrillError:
            return  # an error of the grader, or a session that ended elsewhere: who comes back sees the clock


def late_note(sitting: Sitting) -> str:
    """For a strict session that is submitted long after zero, because nothing showed it then; else empty."""
    late_s = -sitting.left_s()
    if sitting.tick() != "submit" or late_s < LATE_S:
        return ""
    since = sitting.now().wall_s - late_s
    changed = ", which was changed after that" if mtime_ns(sitting.file) / 1e9 > since else ""
    return f"The time was over {duration_text(late_s)} ago. What is judged is the file as it is now{changed}."
