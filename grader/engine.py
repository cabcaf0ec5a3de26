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
import random
import selectors
import signal
import socket
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from importlib import metadata

import numpy
import pytest
import torch

from grader import events
from grader.events import Limits
from grader.pair import Pair, start_pair
from grader.sandbox.confine import default_readable
from grader.warm import touch
from grader.wire import FrameBuffer, FrameRefused, frame

OVERDUE_GRACE_S = 30.0
"""What a grade may take beyond the limits that its examiner keeps, before the engine ends it."""
IDLE_S = 0.1
"""Quiet for this long, the engine readies a pair for the next grade; a front with one grade has said Stop by then."""
LAST_READS = 64
"""Reads of 64 KiB that a killed candidate's output may still take."""


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
    """One grade under way, and what its candidate printed."""

    number: int
    pair: Pair
    deadline_s: float
    text: bytearray = field(default_factory=bytearray)
    dropped: int = 0


class Engine:
    """The main loop, the grades under way, and the pair that waits for the next."""

    def __init__(self, control: socket.socket, versions: dict[str, str]) -> None:
        self._control = control
        self._versions = versions
        self._frames = FrameBuffer()
        self._descriptors: list[int] = []
        self._selector = selectors.DefaultSelector()
        self._grades: dict[int, Grade] = {}
        self._readable = default_readable()
        self._standby: Pair | None = None
        self._latest_end_s = -IDLE_S
        """When the latest grade was over."""

    def serve(self) -> None:
        self._selector.register(self._control, selectors.EVENT_READ, None)
        self._send(events.Ready(os.getpid(), self._versions))
        try:
            while self._step():
                pass
        finally:
            for grade in list(self._grades.values()):
                self._end(grade, "cancelled")
            self._drop_standby()

    def _step(self) -> bool:
        ready = self._selector.select(self._patience_s())
        if not ready and not self._grades and self._standby is None:
            self._standby = start_pair(Limits(), self._readable, self._free_cpu(), rehearsing=True)
        for key, _ in ready:
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

    def _patience_s(self) -> float | None:
        """How long to wait for something to happen: until the next deadline, or until it is idle enough for a standby."""
        if self._grades:
            return max(0.0, min(grade.deadline_s for grade in self._grades.values()) - time.monotonic())
        return IDLE_S if self._standby is None else None

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

    def _start(self, submit: events.Submit, front: int) -> None:
        pair = self._take_pair(submit.limits)
        pair.hand_over(front)
        os.close(front)
        limits = submit.limits
        deadline_s = time.monotonic() + limits.load_s + limits.total_s + OVERDUE_GRACE_S
        self._grades[submit.grade] = Grade(submit.grade, pair, deadline_s)
        self._selector.register(pair.output, selectors.EVENT_READ, (submit.grade, "output"))
        self._selector.register(pair.examiner_alive, selectors.EVENT_READ, (submit.grade, "examiner"))
        self._send(events.Started(submit.grade, list(pair.confined.layers)))
        if self._standby is None and time.monotonic() - self._latest_end_s < IDLE_S:
            # Grade upon grade: the next pair gets ready meanwhile, without a rehearsal, which would cost what it saves.
            self._standby = start_pair(limits, self._readable, self._free_cpu())

    def _take_pair(self, limits: Limits) -> Pair:
        """The pair on standby where its limits are those asked for, else a new one."""
        pair, cpu = self._standby, self._free_cpu()
        if pair is not None and pair.limits == limits and pair.waits():
            self._standby = None
            pair.move_to(cpu)
            return pair
        self._drop_standby()
        return start_pair(limits, self._readable, cpu)

    def _free_cpu(self) -> int | None:
        """The processor with the fewest of our grades; among equals the one we woke up on, which the kernel found idle."""
        if not hasattr(os, "sched_getaffinity"):
            return None
        busy = Counter(grade.pair.cpu for grade in self._grades.values())
        here = current_cpu()
        return min(os.sched_getaffinity(0), key=lambda cpu: (busy[cpu], cpu != here, random.random()))

    def _drop_standby(self) -> None:
        if self._standby is not None:
            self._standby.kill(examiner=True)
            self._standby.close()
            self._standby = None

    def _read_output(self, grade: Grade) -> bool:
        """Whether there was any."""
        try:
            data = os.read(grade.pair.output, 1 << 16)
        except BlockingIOError:
            return False
        if not data:
            self._selector.unregister(grade.pair.output)
            return False
        room = grade.pair.limits.output_bytes - len(grade.text)
        grade.text += data[:room]
        grade.dropped += max(0, len(data) - room)
        return True

    def _end(self, grade: Grade, stopped: str) -> None:
        """Kill both processes, read the rest of the output, tell the front, then clear up, which takes some 20 ms.

        What the candidate has printed lies in the pipe, so nobody waits for the kernel to take its memory apart.
        """
        del self._grades[grade.number]
        pair = grade.pair
        self._selector.unregister(pair.examiner_alive)
        ended_before = pair.confined.poll()
        pair.strike(examiner=bool(stopped))
        if pair.output in self._selector.get_map():
            for _ in range(LAST_READS):
                if not self._read_output(grade):
                    break
        if pair.output in self._selector.get_map():
            self._selector.unregister(pair.output)
        candidate_signal = ended_before.signal if ended_before is not None else None
        text = grade.text.decode("utf-8", "replace")
        self._latest_end_s = time.monotonic()
        self._send(events.Over(grade.number, text, grade.dropped, candidate_signal, stopped))
        pair.kill(examiner=bool(stopped))
        pair.close()

    def _send(self, message: events.FromEngine) -> None:
        with contextlib.suppress(OSError):  # a front that is gone is noticed by reading
            self._control.sendall(frame(events.encode(message)))


def current_cpu() -> int:
    """The processor this runs on just now; -1 where the C library does not say."""
    try:
        return int(ctypes.CDLL(None).sched_getcpu())
    except AttributeError:
        return -1


if __name__ == "__main__":
    main(int(sys.argv[1]))
