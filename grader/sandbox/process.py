"""What a forked process keeps of its parent: no descriptors, no signal handlers, no environment, no terminal."""

import contextlib
import faulthandler
import fcntl
import os
import signal
import sys
from collections.abc import Iterable
from typing import TextIO, cast

from grader.sandbox import kernel

_CLOSE_RANGE = 436
_HIGHEST_DESCRIPTOR = 0x7FFFFFFF
_FIRST_FREE = 3
_SIGNALS = tuple(signal.valid_signals())


def _close_between(low: int, high: int) -> None:
    """Close every descriptor from `low` to `high`, both included."""
    if low > high:
        return
    try:
        kernel.system_call("close_range", _CLOSE_RANGE, low, high, 0)
    except OSError:
        # Listing costs a millisecond, trying every number up to the limit may cost a second.
        for name in os.listdir("/dev/fd"):
            if low <= int(name) <= high:
                with contextlib.suppress(OSError):
                    os.close(int(name))


def close_all_but(kept: Iterable[int]) -> None:
    """Close every descriptor that is not among the kept ones."""
    low = 0
    for descriptor in sorted(set(kept)):
        _close_between(low, descriptor - 1)
        low = descriptor + 1
    _close_between(low, _HIGHEST_DESCRIPTOR)


def take_standard_streams(stdout_fd: int, stderr_fd: int) -> None:
    """Put the null device, `stdout_fd` and `stderr_fd` under the numbers 0, 1 and 2."""
    # Copies first: the given ones may be 0, 1 or 2 themselves.
    copies = [fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, _FIRST_FREE) for descriptor in (stdout_fd, stderr_fd)]
    null = os.open(os.devnull, os.O_RDONLY)
    for number, descriptor in enumerate((null, *copies)):
        if descriptor != number:
            os.dup2(descriptor, number)
            os.close(descriptor)


def _text_stream(descriptor: int, mode: str) -> TextIO:
    stream = open(descriptor, mode, 1, "utf-8", "backslashreplace", closefd=False)  # noqa: SIM115 - lives on in sys
    return cast("TextIO", stream)


def reopen_python_streams() -> None:
    """Make sys.stdin, sys.stdout and sys.stderr plain streams on 0, 1 and 2, whatever the parent had put there."""
    sys.stdin, sys.stdout, sys.stderr = _text_stream(0, "r"), _text_stream(1, "w"), _text_stream(2, "w")


def reset_signals() -> None:
    """Forget the parent's handlers, blocked signals and wake-up descriptor."""
    signal.set_wakeup_fd(-1)
    faulthandler.disable()
    for number in _SIGNALS:
        if callable(signal.getsignal(number)):
            signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def forget_environment() -> None:
    """Empty the environment, in Python, in the C library and in the memory that the process was started with."""
    os.environ.clear()
    # os.environ was made from this one, which stays behind in memory with every value.
    vars(sys.modules["posix"]).get("environ", {}).clear()
    kernel.clear_environment()


def use_scratch(scratch: str) -> None:
    """Work in the scratch folder, and let temporary files go there."""
    os.chdir(scratch)
    tempfile = sys.modules.get("tempfile")
    if tempfile is not None:
        vars(tempfile)["tempdir"] = scratch
