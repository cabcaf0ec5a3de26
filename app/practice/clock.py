"""A clock that is right after the machine slept, after a crash and after a reboot.

An instant holds three readings: which boot of the machine it belongs to, the seconds since that boot, sleep included, and
the wall clock. Between two instants of one boot the seconds since boot decide, which nobody can set; across a reboot the
wall clock does.
"""

from __future__ import annotations

import math
import sys
import time
from functools import cache
from typing import Protocol

import msgspec

BOOT_ID_PATH = "/proc/sys/kernel/random/boot_id"


class Instant(msgspec.Struct, frozen=True):
    """A moment.

    Attributes:
        boot_id: Names the boot of the machine; empty where it cannot be told, and then the wall clock decides.
        boottime_s: Seconds since that boot, with the time the machine slept.
        wall_s: Seconds since 1970, UTC.
    """

    boot_id: str
    boottime_s: float
    wall_s: float


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> Instant: ...


class SystemClock:
    """The clock of this machine."""

    def now(self) -> Instant:
        return Instant(boot_id(), time.clock_gettime(SLEEP_COUNTING_CLOCK), time.time())


class ManualClock:
    """A clock that stands until it is moved: for tests and for pictures of screens."""

    def __init__(self, wall_s: float = 1_750_000_000.0, boot_id: str = "boot-1") -> None:
        self._now = Instant(boot_id, 1000.0, wall_s)

    def now(self) -> Instant:
        return self._now

    def advance(self, seconds: float) -> Instant:
        """Let time pass, the machine awake or asleep."""
        then = self._now
        self._now = Instant(then.boot_id, then.boottime_s + seconds, then.wall_s + seconds)
        return self._now

    def reboot(self, after_s: float = 30.0) -> Instant:
        """A new boot that takes this long."""
        self._now = Instant(self._now.boot_id + "'", 1.0, self._now.wall_s + after_s)
        return self._now

    def set_wall(self, wall_s: float) -> Instant:
        """Someone sets the wall clock."""
        self._now = Instant(self._now.boot_id, self._now.boottime_s, wall_s)
        return self._now


# Linux: CLOCK_MONOTONIC stands still while the machine sleeps, CLOCK_BOOTTIME does not. macOS: CLOCK_MONOTONIC goes on.
SLEEP_COUNTING_CLOCK: int = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


@cache
def boot_id() -> str:
    """The name of this boot; empty where there is none."""
    if sys.platform == "darwin":
        return darwin_boot_id()
    try:
        with open(BOOT_ID_PATH, encoding="ascii") as file:
            return file.read().strip()
    except OSError:
        return ""


def darwin_boot_id() -> str:
    """kern.bootsessionuuid."""
    import ctypes

    try:
        library = ctypes.CDLL(None)
        buffer = ctypes.create_string_buffer(64)
        size = ctypes.c_size_t(len(buffer))
        failed = library.sysctlbyname(b"kern.bootsessionuuid", buffer, ctypes.byref(size), None, 0)
    except (OSError, AttributeError):
        return ""
    return "" if failed else buffer.value.decode("ascii", "replace")


def elapsed_s(start: Instant, end: Instant) -> float:
    """Seconds from start to end; 0 where the end lies before the start."""
    if start.boot_id and start.boot_id == end.boot_id:
        return max(0.0, end.boottime_s - start.boottime_s)
    return max(0.0, end.wall_s - start.wall_s)


def later(one: Instant, other: Instant) -> Instant:
    """The later of two; the second where that cannot be told."""
    if one.boot_id and one.boot_id == other.boot_id:
        return one if one.boottime_s > other.boottime_s else other
    return one if one.wall_s > other.wall_s else other


def duration_text(seconds: float) -> str:
    """`12:05`, or `1:02:05` from an hour on. Whole seconds, rounded down."""
    whole = max(0, math.floor(seconds))
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"


def left_text(left_s: float) -> str:
    """What a clock that counts down shows: `12:05`, and below zero `over by 1:20`."""
    if left_s > 0:
        return duration_text(math.ceil(left_s))
    return f"over by {duration_text(-left_s)}" if left_s <= -1 else "0:00"
