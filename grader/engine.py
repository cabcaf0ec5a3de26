"""The warm parent: imports torch once, then forks a candidate and an examiner for every grade.

It holds no secret at any time, because every candidate inherits its memory: submissions, seeds and suites go over a socket
pair of their own from the front to the examiner. It stays single-threaded, and ends with its front.

Run as `python -I -m grader.engine FD`, where FD is the control socket.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import selectors
import shutil
import signal
import socket
import sys
import tempfile
import time
import traceback
from dataclasses import dataclass, field
from importlib import metadata
from typing import Any

import numpy
import pytest
import torch

from grader import events
from grader.candidate.server import Server
from grader.events import Limits
from grader.examiner.session import examine
from grader.sandbox.confine import Confined, Policy, default_readable, spawn
from grader.warm import touch
from grader.wire import Channel, FrameBuffer, FrameRefused, frame

OVERDUE_GRACE_S = 30.0
"""What a grade may take beyond the limits that its examiner keeps, before the engine ends it."""
CPU_FACTOR = 2.0
PR_SET_PDEATHSIG = 1
MAX_OPEN_FILES = 256


def main(control_fd: int) -> None:
    """Serve until the front hangs up or says Stop."""
    control = socket.socket(fileno=control_fd)
    os.set_inheritable(control_fd, False)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    versions = warm_up()
    Engine(control, versions).serve()


def warm_up() -> dict[str, str]:
    """Touch what a grade needs, so that forks find it ready. Returns versions."""
    torch.set_num_threads(1)  # a parent that ever used two threads makes its forked children hang
    touch()
    gc.collect()
    gc.freeze()
    try:
        version = metadata.version("drill-trainer")
    except metadata.PackageNotFoundError:
        version = "unknown"
    return {
        "drill": version,
        "python": ".".join(map(str, sys.version_info[:3])),
        "torch": str(torch.__version__),
        "numpy": str(numpy.__version__),
        "pytest": str(pytest.__version__),
    }


@dataclass
class Grade:
    """The processes of one grade, and what the candidate printed."""

    number: int
    limits: Limits
    confined: Confined
    examiner_pid: int
    examiner_alive: int
    """Read end of a pipe that only the examiner holds open: end of file means it is gone."""
    output: int
    scratch: str
    deadline_s: float
    text: bytearray = field(default_factory=bytearray)
    dropped: int = 0
    stopped: str = ""


class Engine:
    """The main loop and the grades under way."""

    def __init__(self, control: socket.socket, versions: dict[str, str]) -> None:
        self._control = control
        self._versions = versions
        self._frames = FrameBuffer()
        self._descriptors: list[int] = []
        self._selector = selectors.DefaultSelector()
        self._grades: dict[int, Grade] = {}
        self._readable = default_readable()

    def serve(self) -> None:
        self._selector.register(self._control, selectors.EVENT_READ, None)
        self._send(events.Ready(os.getpid(), self._versions))
        try:
            while self._step():
                pass
        finally:
            for grade in list(self._grades.values()):
                self._end(grade, "cancelled")

    def _step(self) -> bool:
        deadlines = [grade.deadline_s for grade in self._grades.values()]
        timeout_s = max(0.0, min(deadlines) - time.monotonic()) if deadlines else None
        for key, _ in self._selector.select(timeout_s):
            if key.data is None:
                if not self._read_control():
                    return False
                continue
            number, kind = key.data
            grade = self._grades.get(number)
            if grade is None:
                continue
            if kind == "output":
                self._read_output(grade)
            else:
                self._end(grade, "")
        now_s = time.monotonic()
        for grade in [grade for grade in self._grades.values() if grade.deadline_s <= now_s]:
            self._end(grade, "overdue")
        return True

    def _read_control(self) -> bool:
        try:
            data, descriptors, _, _ = socket.recv_fds(self._control, 1 << 16, 16)
        except OSError:
            return False
        for descriptor in descriptors:
            os.set_inheritable(descriptor, False)
        self._descriptors.extend(descriptors)
        if not data:
            return False
        try:
            messages = [events.decode_to_engine(control) for control in self._frames.feed(data)]
        except (FrameRefused, ValueError):
            return False
        for message in messages:
            match message:
                case events.Submit():
                    self._start(message, self._descriptors.pop(0))
                case events.Cancel(grade=number):
                    if number in self._grades:
                        self._end(self._grades[number], "cancelled")
                case events.Stop():
                    return False
        return True

    def _start(self, submit: events.Submit, examiner_socket: int) -> None:
        limits = submit.limits
        candidate_end, examiner_end = socket.socketpair()
        output_read, output_write = os.pipe()
        alive_read, alive_write = os.pipe()
        scratch = tempfile.mkdtemp(prefix="drill-")
        total_s = limits.load_s + limits.total_s
        policy = Policy(
            readable=self._readable,
            scratch=scratch,
            memory_bytes=limits.memory_bytes,
            cpu_s=total_s * CPU_FACTOR,
            file_bytes=limits.file_bytes,
            scratch_bytes=limits.scratch_bytes,
            max_open_files=MAX_OPEN_FILES,
        )
        try:
            # The candidate first: nothing of the examiner's exists yet.
            confined = spawn(
                policy, lambda: run_candidate(candidate_end), [candidate_end.fileno()], output_write, output_write
            )
            keep = (examiner_socket, examiner_end.fileno(), alive_write)
            examiner_pid = fork_examiner(keep)
        finally:
            candidate_end.close()
            examiner_end.close()
            for descriptor in (output_write, alive_write, examiner_socket):
                os.close(descriptor)
        os.set_blocking(output_read, False)
        grade = Grade(
            submit.grade, limits, confined, examiner_pid, alive_read, output_read, scratch,
            time.monotonic() + total_s + OVERDUE_GRACE_S,
        )  # fmt: skip
        self._grades[submit.grade] = grade
        self._selector.register(output_read, selectors.EVENT_READ, (submit.grade, "output"))
        self._selector.register(alive_read, selectors.EVENT_READ, (submit.grade, "examiner"))
        self._send(events.Started(submit.grade, list(confined.layers)))

    def _read_output(self, grade: Grade) -> None:
        try:
            data = os.read(grade.output, 1 << 16)
        except BlockingIOError:
            return
        if not data:
            self._selector.unregister(grade.output)
            return
        room = grade.limits.output_bytes - len(grade.text)
        grade.text += data[:room]
        grade.dropped += max(0, len(data) - room)

    def _end(self, grade: Grade, stopped: str) -> None:
        """Kill both processes, read the rest of the output, tell the front."""
        del self._grades[grade.number]
        self._selector.unregister(grade.examiner_alive)
        ended_before = grade.confined.poll()
        if stopped:
            with contextlib.suppress(ProcessLookupError):
                os.kill(grade.examiner_pid, signal.SIGKILL)
        grade.confined.kill()
        with contextlib.suppress(ChildProcessError):
            os.waitpid(grade.examiner_pid, 0)
        registered = grade.output in self._selector.get_map()
        for _ in range(64):
            if not registered or grade.output not in self._selector.get_map():
                break
            self._read_output(grade)
        if grade.output in self._selector.get_map():
            self._selector.unregister(grade.output)
        os.close(grade.output)
        os.close(grade.examiner_alive)
        shutil.rmtree(grade.scratch, ignore_errors=True)
        candidate_signal = ended_before.signal if ended_before is not None else None
        text = grade.text.decode("utf-8", "replace")
        self._send(events.Over(grade.number, text, grade.dropped, candidate_signal, stopped))

    def _send(self, message: events.FromEngine) -> None:
        with contextlib.suppress(OSError):  # a front that is gone is noticed by reading
            self._control.sendall(frame(events.encode(message)))


def run_candidate(connection: socket.socket) -> None:
    Server(Channel(connection)).serve()


def fork_examiner(keep: tuple[int, int, int]) -> int:
    """Fork the examiner. It keeps the front's socket, the candidate's and the pipe that shows it is alive."""
    engine_pid = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        os.setsid()
        die_with_parent(engine_pid)
        close_all_but({0, 1, 2, *keep})
        run_examiner(keep[0], keep[1])
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)


def run_examiner(front_fd: int, candidate_fd: int) -> None:
    gc.disable()  # short-lived: collecting would only copy pages shared with the engine
    front = Channel(socket.socket(fileno=front_fd))
    request = events.decode_examine(front.receive()[0])
    examine(request, Channel(socket.socket(fileno=candidate_fd)), lambda event: front.send(events.encode(event)))


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


def serve(arguments: list[str]) -> Any:
    return main(int(arguments[1]))


if __name__ == "__main__":
    serve(sys.argv)
