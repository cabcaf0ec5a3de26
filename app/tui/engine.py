"""The grading engine in the background. It warms up while the person reads; torch lives in its process, never in this one.

All methods but `cancel` and `close` may block and are for worker threads. One grade runs at a time. An engine that is lost
is started again, and the grade is run once more: whatever happens, there is a verdict of the engine or `grader_error`,
never a score that nobody measured.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from app.grading import grade_submission
from grader import events
from grader.catalogue import Drill
from grader.client import Engine
from grader.errors import DrillError, GraderError
from grader.result import Result, unscored
from grader.submission import Submission, UnusableFile, read_submission

NUM_TRIES = 2
Listener = Callable[[events.GradeEvent], None]


class Graded(NamedTuple):
    """A result, and the text that it is about (empty where there was none to read)."""

    result: Result
    source: str


class Cancelled(Exception):
    """The person does not want this grade any more."""


class BackgroundEngine:
    """Owns one engine process at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._engine: Engine | None = None
        self._cancelled = threading.Event()
        self._closed = False
        self.restarts = 0

    @property
    def warm(self) -> bool:
        """It has imported torch and waits."""
        engine = self._engine
        return engine is not None and engine.ready is not None

    @property
    def pid(self) -> int | None:
        engine = self._engine
        return None if engine is None else engine.pid

    def start(self) -> None:
        """Start it and wait until it is warm. Raises GraderError when it does not get there."""
        with self._lock:
            self._running().wait_ready()

    def grade(self, file: Path, drill: Drill, suite: str, listener: Listener | None = None) -> Graded:
        """Grade a file. Raises Cancelled, and nothing else: what goes wrong is a result that says so.

        Args:
            file: Read once, when the grade begins.
            drill: What it answers.
            suite: HIDDEN_SUITE or PUBLIC_SUITE.
            listener: Is told every event, in this thread.
        """

        with self._lock:
            self._cancelled.clear()
            try:
                submission = read_submission(str(file))
            except UnusableFile as error:
                return Graded(unscored(drill.name, "rejected", str(error)), "")
            return Graded(self._judged(submission, drill, suite, listener), submission.source)

    def judge(self, submission: Submission, drill: Drill, suite: str) -> Result:
        """The same for a text that was read before."""
        with self._lock:
            self._cancelled.clear()
            return self._judged(submission, drill, suite, None)

    def _judged(self, submission: Submission, drill: Drill, suite: str, listener: Listener | None) -> Result:
        def told(event: events.GradeEvent) -> None:
            if self._cancelled.is_set():
                raise Cancelled
            if listener is not None:
                listener(event)

        try:
            return self._grade(submission, drill, suite, told)
        except DrillError as error:
            return unscored(drill.name, "grader_error", str(error), sha256=submission.sha256)

    def _grade(self, submission: Submission, drill: Drill, suite: str, listener: Listener) -> Result:
        for attempt in range(NUM_TRIES):
            try:
                return grade_submission(self._running(), submission, drill, suite=suite, seed=None, listener=listener)
            except GraderError:
                self._drop()
                if self._cancelled.is_set():
                    raise Cancelled from None
                if attempt + 1 == NUM_TRIES:
                    raise
                self.restarts += 1
        raise AssertionError("unreachable")

    def cancel(self, grace_s: float = 0.3) -> None:
        """End the running grade soon; kills the engine if it is not heard of within the grace. Returns at once."""
        self._cancelled.set()
        threading.Thread(target=self._kill_if_deaf, args=(grace_s,), daemon=True).start()

    def _kill_if_deaf(self, grace_s: float) -> None:
        until = time.monotonic() + grace_s
        while time.monotonic() < until:
            if self._lock.acquire(timeout=0.02):
                self._lock.release()
                return
        self._kill()

    def close(self) -> None:
        """Stop everything. Never raises; a grade that runs ends with Cancelled."""
        self._closed = True
        self._cancelled.set()
        self._kill()
        if self._lock.acquire(timeout=2.0):
            try:
                self._drop()
            finally:
                self._lock.release()

    def _running(self) -> Engine:
        if self._closed:
            raise GraderError("the app is closing")
        if self._engine is None:
            self._engine = Engine()
        return self._engine

    def _kill(self) -> None:
        pid = self.pid
        if pid is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)

    def _drop(self) -> None:
        engine, self._engine = self._engine, None
        if engine is not None:
            engine.close()
