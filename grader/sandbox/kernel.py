"""System calls that Python 3.11 has no name for, by ctypes. Every failure is an OSError; no policy is decided here."""

import ctypes
import os
import platform
import sys

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_SECCOMP = 22
PR_CAPBSET_DROP = 24
PR_SET_CHILD_SUBREAPER = 36
PR_SET_NO_NEW_PRIVS = 38
PR_CAP_AMBIENT = 47

_M_ARENA_MAX = -8

IS_LINUX = sys.platform == "linux"
MACHINE = {"arm64": "aarch64", "amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())

_libc = ctypes.CDLL(None, use_errno=True)

Argument = int | str | bytes | ctypes.Structure | None


class NotSupportedHere(OSError):
    """The platform has no such call, so the layer that needs it cannot be had."""


def explain(error: OSError) -> str:
    """Return an error in plain words, without the class name or the number."""
    return str(error.strerror or error)


def require_linux() -> None:
    """Raise `NotSupportedHere` on any other system."""
    if not IS_LINUX:
        raise NotSupportedHere(f"{sys.platform} has no such thing; it takes Linux")


def _native(argument: Argument) -> object:
    if isinstance(argument, int):
        return ctypes.c_long(argument)
    if isinstance(argument, str):
        return ctypes.c_char_p(os.fsencode(argument))
    if isinstance(argument, bytes):
        return ctypes.c_char_p(argument)
    return ctypes.c_void_p(None) if argument is None else ctypes.byref(argument)


def _checked(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def system_call(name: str, number: int, *arguments: Argument) -> int:
    """Make a raw system call; integers go as longs, strings as paths, structures by address."""
    require_linux()
    return _checked(_libc.syscall(ctypes.c_long(number), *map(_native, arguments)), name)


def library_call(name: str, *arguments: Argument) -> int:
    """Call a function of the C library that returns an int and sets errno."""
    require_linux()
    return _checked(getattr(_libc, name)(*map(_native, arguments)), name)


def prctl(option: int, *arguments: int) -> int:
    """Call prctl with the missing arguments as zeros."""
    padded = (*arguments, 0, 0, 0, 0)[:4]
    return library_call("prctl", option, *padded)


def die_with_parent() -> None:
    """Ask for SIGKILL when the parent thread ends; does nothing outside of Linux.

    A parent that ended before is not noticed: check afterwards.
    """
    if IS_LINUX:
        prctl(PR_SET_PDEATHSIG, 9)


def adopt_orphans() -> None:
    """Become the parent of whatever a descendant leaves behind; does nothing outside of Linux."""
    if IS_LINUX:
        prctl(PR_SET_CHILD_SUBREAPER, 1)


def forbid_core_dump() -> None:
    """Make sure that no core is written: a limit of zero does not stop a system that hands cores to a program.

    Closes the process's entries in /proc to everyone but root, so do it when they are needed no more. Does nothing
    outside of Linux.
    """
    if IS_LINUX:
        prctl(PR_SET_DUMPABLE, 0)


def bound_heaps(number: int) -> None:
    """Let threads share so many heaps of the C library, each of which reserves 64 MiB of address space."""
    mallopt = getattr(_libc, "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, number)


def clear_environment() -> None:
    """Forget the C library's environment and overwrite the strings that the process was started with (on Linux)."""
    if not IS_LINUX:
        return
    _libc.clearenv()
    with open("/proc/self/stat", "rb") as file:
        # The fields after the command name, which may hold spaces; the first of them is field 3.
        fields = file.read().rpartition(b")")[2].split()
    start, end = int(fields[50 - 3]), int(fields[51 - 3])
    if 0 < start < end:
        ctypes.memset(start, 0, end - start)
