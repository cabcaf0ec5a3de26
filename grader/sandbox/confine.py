"""Start one confined process, know which layers hold around it, and end it for certain.

The engine (a warm, single-threaded process that holds no secret) calls `spawn`, which forks twice:

    engine
      └─ warden      trusted: makes the namespaces, waits, ends as the candidate ended
           └─ candidate   confines itself, reports its layers, closes the report, runs `main`

`spawn` returns when the report is in, so the layers are known before any foreign code has run.
"""

import contextlib
import gc
import math
import os
import select
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from grader.errors import SandboxUnavailable
from grader.sandbox import seccomp, warden
from grader.sandbox.layers import LAYER_NAMES, Layer, Report, decode_report
from grader.sandbox.policy import Launch, Policy
from grader.sandbox.readable import default_readable

__all__ = ["LAYER_NAMES", "Confined", "Ended", "Layer", "Policy", "default_readable", "probe", "spawn"]

_SETUP_LIMIT_S = 20.0
"""A confinement takes milliseconds; one that takes this long hangs."""
_POLL_PAUSE_S = 0.002
_PAUSE_LIMIT_S = 3600.0
_SWEEP_LIMIT_S = 2.0
"""How long the warden may take to end what a killed candidate has left behind."""


@dataclass(frozen=True)
class Ended:
    """How a confined process ended; exactly one of the two is set."""

    exit_code: int | None = None
    """What it passed to exit; 0 when `main` returned, 1 when `main` raised."""
    signal: int | None = None
    """The signal that ended it, SIGKILL for the processor limit and for `kill`."""


@dataclass
class Confined:
    """A confined process, held by the process that called `spawn`."""

    pid: int
    """The candidate, as the engine sees it."""
    warden_pid: int
    """The engine's own child, which ends as the candidate ended."""
    layers: tuple[Layer, ...]
    """What is in force, in the order of `LAYER_NAMES`; known before `main` ran."""
    _ended: Ended | None = field(default=None, repr=False)

    def poll(self) -> Ended | None:
        """Return how it ended, or None while it runs. Reaps."""
        if self._ended is None:
            pid, status = os.waitpid(self.warden_pid, os.WNOHANG)
            if pid:
                self._ended = _describe_end(status)
        return self._ended

    def wait(self, timeout_s: float | None = None) -> Ended | None:
        """Wait until it has ended, or return None when `timeout_s` has passed first."""
        deadline = math.inf if timeout_s is None else time.monotonic() + timeout_s
        while self.poll() is None and (left_s := deadline - time.monotonic()) > 0:
            _pause_until_exit(self.warden_pid, left_s)
        return self._ended

    def strike(self) -> None:
        """Kill it without waiting: from here on it runs no more. `kill` has to follow."""
        if self.poll() is None:
            # The number is still the candidate's: only the warden gives it back, and then ends at once.
            for end in (os.killpg, os.kill):
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    end(self.pid, signal.SIGKILL)

    def kill(self) -> Ended:
        """End it and everything it started, reap, and say how it ended (it may have ended by itself before)."""
        self.strike()
        if self.poll() is None and self.wait(_SWEEP_LIMIT_S) is None:
            os.kill(self.warden_pid, signal.SIGKILL)
        ended = self.wait()
        assert ended is not None  # without a limit, wait returns only then
        return ended


def _describe_end(status: int) -> Ended:
    code = os.waitstatus_to_exitcode(status)
    return Ended(exit_code=code) if code >= 0 else Ended(signal=-code)


def _wait_until_readable(descriptor: int, limit_s: float) -> bool:
    poll = select.poll()  # unlike select it takes descriptors of any number
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(limit_s * 1000))


def _pause_until_exit(pid: int, limit_s: float) -> None:
    """Return when a child has ended or the time is over; earlier where the system has no way to tell."""
    limit_s = min(limit_s, _PAUSE_LIMIT_S)
    try:
        descriptor = os.pidfd_open(pid)
    except (OSError, AttributeError):
        time.sleep(min(limit_s, _POLL_PAUSE_S))
        return
    try:
        _wait_until_readable(descriptor, limit_s)
    finally:
        os.close(descriptor)


def _read_report(report_fd: int) -> Report:
    """Read until the warden and the candidate have closed the report, or until it is clear that they hang."""
    deadline = time.monotonic() + _SETUP_LIMIT_S
    text = b""
    while (left_s := deadline - time.monotonic()) > 0 and _wait_until_readable(report_fd, left_s):
        chunk = os.read(report_fd, 65536)
        if not chunk:
            return decode_report(text)
        text += chunk
    return Report(None, None, f"the process was not ready within {_SETUP_LIMIT_S:g} s")


def _start(launch: Launch, report_read: int) -> Confined:
    """Fork the warden and hear its report; whatever goes wrong, no process is left."""
    try:
        warden_pid = os.fork()
        if warden_pid == 0:
            warden.live(launch)
    finally:
        os.close(launch.report_fd)
    try:
        report = _read_report(report_read)
        if report.candidate_pid is None or report.layers is None or report.failure is not None:
            raise SandboxUnavailable(f"no process could be confined: {report.failure or 'it ended without a word'}")
    except BaseException:
        os.kill(warden_pid, signal.SIGKILL)
        os.waitpid(warden_pid, 0)
        raise
    return Confined(report.candidate_pid, warden_pid, report.layers)


def _check(policy: Policy, keep_fds: Sequence[int], without: frozenset[str]) -> None:
    policy.check()
    if min(keep_fds, default=3) < 3:
        raise ValueError(f"keep_fds must be above 2, for 0, 1 and 2 are the standard streams: {list(keep_fds)}")
    if unknown := sorted(without - set(LAYER_NAMES)):
        raise ValueError(f"without must name layers, not {', '.join(unknown)}; there are {', '.join(LAYER_NAMES)}")


def spawn(
    policy: Policy,
    main: Callable[[], None],
    keep_fds: Sequence[int],
    stdout_fd: int,
    stderr_fd: int,
    without: frozenset[str] = frozenset(),
) -> Confined:
    """Fork a process that confines itself and then runs `main`.

    Call it from the thread that lives as long as the engine: the warden dies with the thread that forked it. What
    `main` needs must be imported by then, for the project's own modules need not be readable inside. The caller keeps
    its own copies of the descriptors and closes them when it likes.

    Args:
        policy: What the process may use.
        main: Runs inside, after every layer is in force. When it returns the process exits with 0 and when it raises,
            with 1 and a traceback on its standard error; no atexit handler of the engine runs.
        keep_fds: Descriptors above 2 that stay open under their numbers; every other one is closed.
        stdout_fd: Becomes the standard output.
        stderr_fd: Becomes the standard error.
        without: Names of layers to leave out, for tests that prove what a layer is for.

    Returns:
        The process, with the layers in force.

    Raises:
        ValueError: The policy or the descriptors make no sense.
        SandboxUnavailable: No process could be started.
    """
    _check(policy, keep_fds, without)
    seccomp.prepare()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, OSError, ValueError):  # there may be none, or a closed one
            stream.flush()  # or the candidate inherits what is buffered, and writes it again
    report_read, report_write = os.pipe()
    launch = Launch(
        policy=policy,
        main=main,
        keep_fds=tuple(keep_fds),
        stdout_fd=stdout_fd,
        stderr_fd=stderr_fd,
        report_fd=report_write,
        without=without,
        engine_pid=os.getpid(),
        collects=gc.isenabled(),
    )
    try:
        return _start(launch, report_read)
    except OSError as error:
        raise SandboxUnavailable(f"no process could be started: {error.strerror}") from error
    finally:
        os.close(report_read)


def probe(policy: Policy) -> tuple[Layer, ...]:
    """Return the layers that hold here around a process that does nothing."""
    null = os.open(os.devnull, os.O_WRONLY)
    try:
        confined = spawn(policy, lambda: None, (), null, null)
    finally:
        os.close(null)
    confined.wait()
    return confined.layers
