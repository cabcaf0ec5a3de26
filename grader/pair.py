"""A candidate and an examiner, forked together and waiting for one grade.

The engine keeps one pair ready while it is idle, so that a submission does not wait for forks, confinement and the start of
pytest. A waiting pair knows nothing of the grade to come: the front's socket is handed to the examiner later.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import select
import shutil
import signal
import socket
import sys
import tempfile
import traceback
from collections.abc import Iterator
from dataclasses import dataclass

from grader import events
from grader.candidate.server import Server
from grader.events import Limits
from grader.examiner.session import examine
from grader.rehearsal import rehearse
from grader.sandbox.confine import Confined, Policy, spawn
from grader.wire import Channel

CPU_FACTOR = 2.0
PR_SET_PDEATHSIG = 1
MAX_OPEN_FILES = 256


@dataclass
class Pair:
    """Two processes and the engine's ends of what connects it to them."""

    limits: Limits
    confined: Confined
    examiner_pid: int
    examiner_alive: int
    """Read end of a pipe that only the examiner holds open: end of file means it is gone."""
    output: int
    """What the candidate prints."""
    handoff: socket.socket
    scratch: str
    cpu: int | None
    """The processor on which both run; None where the system does not say."""

    def hand_over(self, front: int) -> None:
        """Give the examiner the front's socket; it begins."""
        with contextlib.suppress(OSError):  # an examiner that has died shows by its pipe
            socket.send_fds(self.handoff, [b"!"], [front])

    def move_to(self, cpu: int | None) -> None:
        """Run both on another processor from now on."""
        if cpu is None or cpu == self.cpu:
            return
        with contextlib.suppress(OSError):  # gone already: their pipes will tell
            for pid in (self.confined.pid, self.examiner_pid):
                os.sched_setaffinity(pid, {cpu})
            self.cpu = cpu

    def waits(self) -> bool:
        """Whether both are still there."""
        return self.confined.poll() is None and not select.select([self.examiner_alive], [], [], 0)[0]

    def strike(self, *, examiner: bool) -> None:
        """Kill the candidate, and the examiner too if it is not ending by itself. `kill` has to follow."""
        if examiner:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.examiner_pid, signal.SIGKILL)
        self.confined.strike()

    def kill(self, *, examiner: bool) -> None:
        """End the candidate and all it started; the examiner too, or wait for it if it is ending by itself."""
        self.strike(examiner=examiner)
        self.confined.kill()
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.examiner_pid, 0)

    def close(self) -> None:
        """Give up descriptors and the scratch folder."""
        os.close(self.output)
        os.close(self.examiner_alive)
        self.handoff.close()
        shutil.rmtree(self.scratch, ignore_errors=True)


def start_pair(
    limits: Limits, readable: tuple[str, ...], cpu: int | None = None, *, rehearsing: bool = False
) -> Pair:  # fmt: skip
    """Fork both, to run on one processor. Raises SandboxUnavailable when no confined process can be started.

    Args:
        limits: Of the grade to come.
        readable: What the candidate may read.
        cpu: The processor; None leaves it to the system.
        rehearsing: Whether there is time for a rehearsal before the grade.
    """
    candidate_end, examiner_end = socket.socketpair()
    engine_end, handoff_end = socket.socketpair()
    output_read, output_write = os.pipe()
    alive_read, alive_write = os.pipe()
    scratch = tempfile.mkdtemp(prefix="drill-")
    policy = Policy(
        readable=readable,
        scratch=scratch,
        memory_bytes=limits.memory_bytes,
        cpu_s=(limits.load_s + limits.total_s) * CPU_FACTOR,
        file_bytes=limits.file_bytes,
        scratch_bytes=limits.scratch_bytes,
        max_open_files=MAX_OPEN_FILES,
    )
    try:
        with children_on(cpu):
            # The candidate first: nothing of the examiner's exists yet.
            confined = spawn(policy, lambda: run_candidate(candidate_end), [candidate_end.fileno()], output_write, output_write)
            examiner_pid = fork_examiner(handoff_end.fileno(), examiner_end.fileno(), alive_write, rehearsing)
    finally:
        for connection in (candidate_end, examiner_end, handoff_end):
            connection.close()
        os.close(output_write)
        os.close(alive_write)
    os.set_blocking(output_read, False)
    return Pair(limits, confined, examiner_pid, alive_read, output_read, engine_end, scratch, cpu)


@contextlib.contextmanager
def children_on(cpu: int | None) -> Iterator[None]:
    """Processes forked inside stay on this processor.

    The two of a pair take turns and never work at once: on two processors, each turn would wake a sleeping one (90 us
    where 15 would do, some two hundred times in a grade).
    """
    if cpu is None:
        yield
        return
    before = os.sched_getaffinity(0)
    try:
        with contextlib.suppress(OSError):  # taken away meanwhile: then anywhere
            os.sched_setaffinity(0, {cpu})
        yield
    finally:
        os.sched_setaffinity(0, before)


def run_candidate(connection: socket.socket) -> None:
    Server(Channel(connection)).serve()


def fork_examiner(handoff: int, candidate: int, alive: int, rehearsing: bool) -> int:
    """Fork the examiner. It keeps these three descriptors alone."""
    engine_pid = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        os.setsid()
        die_with_parent(engine_pid)
        close_all_but({0, 1, 2, handoff, candidate, alive})
        run_examiner(socket.socket(fileno=handoff), socket.socket(fileno=candidate), rehearsing)
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os.close(alive)  # told at once; giving back the memory takes some 10 ms, in which the candidate can be ended
        os._exit(status)


def run_examiner(handoff: socket.socket, candidate: socket.socket, rehearsing: bool) -> None:
    gc.disable()  # short-lived: collecting would only copy pages shared with the engine
    channel = Channel(candidate)
    front: Channel | None = None

    def receive() -> events.Examine | None:
        nonlocal front
        if rehearsing:
            rehearse(channel)
        _, descriptors, _, _ = socket.recv_fds(handoff, 1, 1)
        if not descriptors:
            return None  # the engine has no use for this pair any more
        front = Channel(socket.socket(fileno=descriptors[0]))
        return events.decode_examine(front.receive()[0])

    def emit(event: events.ExaminerEvent) -> None:
        assert front is not None
        front.send(events.encode(event))

    examine(receive, channel, emit)


def die_with_parent(parent_pid: int) -> None:
    """Ask the kernel to kill this process when the engine dies (Linux; elsewhere closed sockets end it)."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent_pid:
        os._exit(1)


def close_all_but(keep: set[int]) -> None:
    first = 0
    for descriptor in (*sorted(keep), max(4096, max(keep) + 2)):
        if first < descriptor:  # an empty range at 0 would close everything
            os.closerange(first, descriptor)
        first = descriptor + 1
