"""A seccomp filter: system calls that the calling process may not make any more, for good.

Threads go on working; new processes, programs, sockets and everything that reaches another process do not. A refused
call fails with EPERM, so that Python raises and foreign code can go on. Ordinary errors, not a kill: an honest import
that tries something and copes with the refusal must live.
"""

import ctypes
import errno
import fcntl
import os
import signal
from dataclasses import dataclass
from functools import cache

from grader.sandbox import kernel, syscalls

_AUDIT_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_X32_BIT = 0x40000000

_LOAD, _RETURN = 0x20, 0x06
_JUMP_IF_EQUAL, _JUMP_IF_AT_LEAST, _JUMP_IF_ANY_BIT = 0x15, 0x35, 0x45
_AND = 0x54
_NUMBER_OFFSET, _ARCHITECTURE_OFFSET, _ARGUMENTS_OFFSET = 0, 4, 16

_ALLOW = 0x7FFF0000
_KILL_PROCESS = 0x80000000
_REFUSE = 0x00050000 | errno.EPERM
_NO_SUCH_CALL = 0x00050000 | errno.ENOSYS

_CLONE_THREAD = 0x00010000
_AF_UNIX, _SOCK_STREAM, _SOCK_TYPE_MASK = 1, 1, 0xF
_F_SETOWN_EX = 15
_ALLOWED_IOCTLS = {
    "TCGETS": 0x5401,
    "TIOCGWINSZ": 0x5413,
    "FIONREAD": 0x541B,
    "FIONBIO": 0x5421,
    "FIONCLEX": 0x5450,
    "FIOCLEX": 0x5451,
}
"""Is it a terminal, how large, how much is there to read, blocking, inheritable. All else could change files or send
signals: attributes of a file that may only be read, typing into a terminal, the owner of a descriptor."""

_SECCOMP_MODE_FILTER = 2


@dataclass(frozen=True)
class Instruction:
    """One instruction of the kernel's classic BPF; jumps count from the next instruction."""

    code: int
    operand: int
    if_true: int = 0
    if_false: int = 0


class _Filter(ctypes.Structure):
    _fields_ = [("code", ctypes.c_uint16), ("jt", ctypes.c_uint8), ("jf", ctypes.c_uint8), ("k", ctypes.c_uint32)]


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filters", ctypes.POINTER(_Filter))]


def _result(value: int) -> list[Instruction]:
    return [Instruction(_RETURN, value)]


def _load_argument(index: int) -> Instruction:
    """Load the low word: the kernel takes these arguments as 32 bits, so whatever stands above does not count."""
    return Instruction(_LOAD, _ARGUMENTS_OFFSET + 8 * index)


def _when(code: int, operand: int, then: list[Instruction]) -> list[Instruction]:
    """Run `then`, which must return, if the loaded word meets the test; otherwise go on behind it."""
    return [Instruction(code, operand, 0, len(then)), *then]


def _only(argument: int, values: list[int]) -> list[Instruction]:
    """Allow the call if the argument is one of the values."""
    tests = [step for value in values for step in _when(_JUMP_IF_EQUAL, value, _result(_ALLOW))]
    return [_load_argument(argument), *tests, *_result(_REFUSE)]


def _never(argument: int, values: list[int]) -> list[Instruction]:
    """Refuse the call if the argument is one of the values."""
    tests = [step for value in values for step in _when(_JUMP_IF_EQUAL, value, _result(_REFUSE))]
    return [_load_argument(argument), *tests, *_result(_ALLOW)]


def _argument_rules(pid: int) -> dict[str, list[Instruction]]:
    # As first process of its namespace a process ignores its own SIGABRT, and abort() goes on to a faulting
    # instruction, which looks like a segmentation fault. Ending it here keeps the two apart: SIGSYS means abort.
    abort = [_load_argument(2), *_when(_JUMP_IF_EQUAL, signal.SIGABRT, _result(_KILL_PROCESS))] if pid == 1 else []
    return {
        "clone3": _result(_NO_SUCH_CALL),  # its flags lie in memory, out of sight: the C library goes back to clone
        "clone": [_load_argument(0), *_when(_JUMP_IF_ANY_BIT, _CLONE_THREAD, _result(_ALLOW)), *_result(_REFUSE)],
        "kill": _only(0, [pid]),
        "tkill": _only(0, [pid]),
        "tgkill": [_load_argument(0), *_when(_JUMP_IF_EQUAL, pid, [*abort, *_result(_ALLOW)]), *_result(_REFUSE)],
        "prlimit64": _only(0, [0, pid]),
        "sched_setaffinity": _only(0, [0, pid]),
        "prctl": _never(0, [kernel.PR_SET_PDEATHSIG, kernel.PR_SET_DUMPABLE]),
        "fcntl": _never(1, [fcntl.F_SETOWN, _F_SETOWN_EX]),
        "ioctl": _only(1, list(_ALLOWED_IOCTLS.values())),
        # A datagram socket of a pair could still be sent elsewhere, so only streams are left.
        "socketpair": [
            _load_argument(1),
            Instruction(_AND, _SOCK_TYPE_MASK),
            *_when(_JUMP_IF_EQUAL, _SOCK_STREAM, _only(0, [_AF_UNIX])),
            *_result(_REFUSE),
        ],
    }


@cache
def _common_rules(machine: str) -> list[Instruction]:
    """Return what does not depend on the process: the architecture, the refused numbers, and the loaded number."""
    program = [
        Instruction(_LOAD, _ARCHITECTURE_OFFSET),
        Instruction(_JUMP_IF_EQUAL, _AUDIT_ARCHITECTURES[machine], 1, 0),
        *_result(_REFUSE),
        Instruction(_LOAD, _NUMBER_OFFSET),
        *_when(_JUMP_IF_AT_LEAST, _X32_BIT, _result(_REFUSE)),
        *_when(_JUMP_IF_AT_LEAST, syscalls.LAST_REVIEWED + 1, _result(_NO_SUCH_CALL)),
    ]
    for number in syscalls.refused_numbers(machine):
        program += _when(_JUMP_IF_EQUAL, number, _result(_REFUSE))
    return program


def build_program(machine: str, pid: int) -> list[Instruction]:
    """Return the filter for a process that sees itself as `pid`.

    Args:
        machine: One of `syscalls.ARCHITECTURES`.
        pid: The process's own number, as inside its namespace.
    """
    program = list(_common_rules(machine))
    for name, rule in _argument_rules(pid).items():
        number = syscalls.find_number(name, machine)
        if number is not None:
            program += _when(_JUMP_IF_EQUAL, number, rule)
    return program + _result(_ALLOW)


@cache
def _native_program(machine: str, pid: int) -> _Program:
    steps = [_Filter(step.code, step.if_true, step.if_false, step.operand) for step in build_program(machine, pid)]
    return _Program(len(steps), (_Filter * len(steps))(*steps))


def prepare() -> None:
    """Build the filter of a first process of its namespace ahead of the fork, so that no candidate has to."""
    if kernel.MACHINE in syscalls.ARCHITECTURES:
        _native_program(kernel.MACHINE, 1)


def restrict() -> str:
    """Put the filter on the calling process, which must have one thread and hold no_new_privs.

    Returns:
        What is covered.

    Raises:
        OSError: No filter is in force.
    """
    kernel.require_linux()
    if kernel.MACHINE not in syscalls.ARCHITECTURES:
        raise kernel.NotSupportedHere(f"no filter is written for {kernel.MACHINE}")
    program = _native_program(kernel.MACHINE, os.getpid())
    kernel.library_call("prctl", kernel.PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, program, 0, 0)
    return f"{kernel.MACHINE}: no new processes or programs, no sockets, no reach into other processes"
