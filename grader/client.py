"""The front's handle on an engine: start it, stream grades from it, end it. No torch, no pytest.

    with Engine() as engine:
        for event in engine.grade(job):
            ...
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from types import TracebackType

import platformdirs

from grader import events
from grader.catalogue import Drill
from grader.errors import GraderError, IsolationIncomplete
from grader.wire import FrameBuffer, FrameRefused, frame

KEPT_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "TMPDIR", "CUDA_VISIBLE_DEVICES", "LD_LIBRARY_PATH", "OPENBLAS_CORETYPE")
FIXED_ENVIRONMENT = {
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # no foreign plugin in the examiner
    "TORCH_CPP_LOG_LEVEL": "ERROR",  # no warnings of torch's among what a submission prints
} | dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"), "1")
STOP_GRACE_S = 5.0


@dataclass(frozen=True)
class Job:
    """One submission to grade."""

    drill: Drill
    source: str
    seed: int
    suite: str = events.HIDDEN_SUITE
    limits: events.Limits = field(default_factory=events.Limits)
    mistakes: tuple[events.KnownMistake, ...] = ()
    """Run these instead of the source; see `events.Examine`."""
    failing: dict[str, str] = field(default_factory=dict)
    trials: tuple[events.Trial, ...] = ()
    watches_tolerances: bool = False
    traced: bool = False
    """See `events.Examine`."""
    required_layers: tuple[str, ...] = ()
    """Isolation layers without which the submission is not run."""


class Engine:
    """An engine process. It is started at once and warms up while the caller does other things.

    Args:
        cpus: The processors that it may use for its grades; None for all.
    """

    def __init__(self, cpus: Collection[int] | None = None) -> None:
        ours, theirs = socket.socketpair()
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the engine
        environment = {name: os.environ[name] for name in KEPT_ENVIRONMENT if name in os.environ}
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-m", "grader.engine", str(theirs.fileno())],
            env=environment | FIXED_ENVIRONMENT, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL,
            stdout=self._log, stderr=self._log, cwd="/", start_new_session=True,
        )  # fmt: skip
        theirs.close()
        if cpus is not None:
            with contextlib.suppress(OSError):  # taken away meanwhile: then any will do
                os.sched_setaffinity(self._process.pid, cpus)
        self._control = ours
        self._frames = FrameBuffer()
        self._numbers = itertools.count(1)
        self._pending: list[events.FromEngine] = []
        self.ready: events.Ready | None = None

    def __enter__(self) -> Engine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def pid(self) -> int:
        return self._process.pid

    def wait_ready(self) -> events.Ready:
        """Wait until it is warm. Raises GraderError when it ends instead."""
        while self.ready is None:
            self._pump()
        return self.ready

    def grade(self, job: Job) -> Iterator[events.GradeEvent]:
        """Stream the events of one grade, from Started to Over. Closing the iterator cancels the grade.

        Raises GraderError when the engine ends.
        """
        number = next(self._numbers)
        ours, theirs = socket.socketpair()
        over = False
        try:
            examine = events.Examine(
                job.source, job.limits, job.drill.name, str(job.drill.folder.resolve()),
                str(job.drill.solution_folder.resolve()), job.suite, job.seed, list(job.mistakes), job.failing,
                list(job.trials), job.watches_tolerances, job.traced, bytecode_cache(),
            )  # fmt: skip
            try:
                message = frame(events.encode(events.Submit(number, job.limits)))
                socket.send_fds(self._control, [message], [theirs.fileno()])
            except OSError as error:
                raise self._engine_ended() from error
            theirs.close()
            if job.required_layers:
                self._require(number, job.required_layers)
            with contextlib.suppress(OSError):  # an examiner that died at once shows as Over without Finished
                ours.sendall(frame(events.encode(examine)))
            for event in self._merge(number, ours):
                over = isinstance(event, events.Over)
                yield event
        finally:
            theirs.close()
            ours.close()
            if not over:
                self._cancel(number)

    def _require(self, number: int, layers: tuple[str, ...]) -> None:
        """Wait for the report of the layers, and go on only if all of these hold. Nothing of the submission has run yet."""
        while not (started := [e for e in self._pending if isinstance(e, events.Started) and e.grade == number]):
            self._pump()
        held = {layer.name for layer in started[0].isolation if layer.in_force}
        if missing := [name for name in layers if name not in held]:
            raise IsolationIncomplete(
                f"isolation is incomplete: {', '.join(missing)} not in force, so nothing was run\n"
                "hint: `drill doctor` says why"
            )

    def close(self) -> None:
        """Stop it and all it runs. Never raises."""
        with contextlib.suppress(OSError):
            self._control.sendall(frame(events.encode(events.Stop())))
        self._control.close()
        try:
            self._process.wait(STOP_GRACE_S if self.ready is not None else 0.2)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._log.close()

    def _merge(self, number: int, examiner: socket.socket) -> Iterator[events.GradeEvent]:
        """Events of the examiner and of the engine in the order in which they can be told."""
        frames = FrameBuffer()
        poller = select.poll()
        poller.register(examiner, select.POLLIN | select.POLLHUP)
        poller.register(self._control, select.POLLIN | select.POLLHUP)
        listening = True
        over: events.Over | None = None
        finished = False
        while over is None or (listening and not finished):  # an examiner that is done may take its time to end
            for descriptor, _ in poller.poll():
                if descriptor == examiner.fileno():
                    data = receive(examiner)
                    if not data:
                        listening = False
                        poller.unregister(examiner)
                    try:
                        for control in frames.feed(data):
                            event = events.decode_examiner_event(control)
                            finished = finished or isinstance(event, events.Finished)
                            yield event
                    except (FrameRefused, ValueError) as error:
                        raise GraderError(f"the examiner sent something unreadable: {error}") from error
                else:
                    self._pump()
            mine = [event for event in self._pending if getattr(event, "grade", None) == number]
            self._pending = [event for event in self._pending if event not in mine]
            for mine_event in mine:
                if isinstance(mine_event, events.Over):
                    over = mine_event
                elif isinstance(mine_event, events.Started):
                    yield mine_event
        yield over
        if not finished and not over.stopped:
            raise GraderError("the examiner ended without a result" + self._last_words())

    def _pump(self) -> None:
        """Read what the engine says."""
        data = receive(self._control)
        if not data:
            raise self._engine_ended()
        for control in self._frames.feed(data):
            message = events.decode_from_engine(control)
            if isinstance(message, events.Ready):
                self.ready = message
            else:
                self._pending.append(message)

    def _cancel(self, number: int) -> None:
        with contextlib.suppress(OSError, GraderError):
            self._control.sendall(frame(events.encode(events.Cancel(number))))
            while not any(isinstance(e, events.Over) and e.grade == number for e in self._pending):
                self._pump()
        self._pending = [event for event in self._pending if getattr(event, "grade", None) != number]

    def _engine_ended(self) -> GraderError:
        return GraderError("the grading engine ended unexpectedly" + self._last_words())

    def _last_words(self) -> str:
        """The end of what engine and examiners wrote to their log."""
        self._log.seek(0)
        tail = [line.strip() for line in self._log.read().decode("utf-8", "replace").splitlines() if line.strip()][-3:]
        return ": " + " | ".join(tail) if tail else ""


@functools.cache
def bytecode_cache() -> str:
    """Folder for the compiled suites. A candidate cannot read it, and where it cannot be written nothing is kept."""
    return str(platformdirs.user_cache_path("drill", appauthor=False) / "bytecode")


def receive(connection: socket.socket) -> bytes:
    try:
        return connection.recv(1 << 16)
    except OSError:
        return b""
