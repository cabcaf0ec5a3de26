"""The call filter as a program, run by a small machine of our own: so both architectures are tested on either."""

import ctypes
import errno
from typing import Any

import pytest

from grader.sandbox import seccomp, syscalls
from grader.sandbox.kernel import MACHINE

ARCHITECTURE = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
ALLOW, KILL = 0x7FFF0000, 0x80000000
REFUSE, NO_SUCH_CALL = 0x00050000 | errno.EPERM, 0x00050000 | errno.ENOSYS
PID = 77
EVERYDAY = {
    # name: (x86_64, aarch64)
    "read": (0, 63),
    "write": (1, 64),
    "openat": (257, 56),
    "close": (3, 57),
    "mmap": (9, 222),
    "mprotect": (10, 226),
    "munmap": (11, 215),
    "brk": (12, 214),
    "futex": (202, 98),
    "rt_sigaction": (13, 134),
    "madvise": (28, 233),
    "sched_yield": (24, 124),
    "sched_getaffinity": (204, 123),
    "clock_nanosleep": (230, 115),
    "getrandom": (318, 278),
    "exit_group": (231, 94),
    "sendto": (44, 206),
    "recvfrom": (45, 207),
    "epoll_create1": (291, 20),
    "eventfd2": (290, 19),
    "rseq": (334, 293),
    "close_range": (436, 436),
}


def decide(machine: str, number: int, *arguments: int, pid: int = PID, architecture: int | None = None) -> int:
    """Run the filter on one call and return its verdict."""
    words = {0: number, 4: ARCHITECTURE[machine] if architecture is None else architecture}
    for index, argument in enumerate(arguments):
        words[16 + 8 * index] = argument & 0xFFFFFFFF
        words[20 + 8 * index] = argument >> 32 & 0xFFFFFFFF
    program = seccomp.build_program(machine, pid)
    position, loaded = 0, 0
    while True:
        step = program[position]
        position += 1
        if step.code == 0x20:
            loaded = words.get(step.operand, 0)
        elif step.code == 0x54:
            loaded &= step.operand
        elif step.code == 0x06:
            return step.operand
        else:
            test = {0x15: loaded == step.operand, 0x35: loaded >= step.operand, 0x45: bool(loaded & step.operand)}
            position += step.if_true if test[step.code] else step.if_false


@pytest.fixture(params=syscalls.ARCHITECTURES)
def machine(request: Any) -> str:
    """Each architecture that a filter is written for."""
    return str(request.param)


def number_of(name: str, machine: str) -> int:
    """Return the number of a call that this machine has."""
    number = syscalls.find_number(name, machine)
    assert number is not None
    return number


def test_program_fits(machine: str) -> None:
    """Jumps have 8 bits, and the kernel takes 4096 instructions."""
    program = seccomp.build_program(machine, PID)

    assert len(program) < 4096
    assert all(max(step.if_true, step.if_false) < 256 for step in program)


@pytest.mark.parametrize("name", EVERYDAY)
def test_everyday_calls_are_allowed(name: str, machine: str) -> None:
    """Files, memory, threads and waiting go on as ever."""
    assert decide(machine, EVERYDAY[name][syscalls.ARCHITECTURES.index(machine)]) == ALLOW


@pytest.mark.parametrize("name", syscalls.REFUSED)
def test_refused_calls_are_refused(name: str, machine: str) -> None:
    """Whatever the arguments."""
    number = syscalls.find_number(name, machine)
    if number is None:
        assert machine == "aarch64", "a call that only x86_64 has"
        return

    assert {decide(machine, number), decide(machine, number, PID, PID, PID)} == {REFUSE}


def test_no_number_is_named_twice(machine: str) -> None:
    """A slip in the table would refuse one call in place of another."""
    numbers = [syscalls.find_number(name, machine) for name in (*syscalls.NUMBERS, *syscalls.REFUSED)]
    everyday = {row[syscalls.ARCHITECTURES.index(machine)] for row in EVERYDAY.values()}
    known = [number for number in numbers if number is not None]

    assert sorted(set(known)) == sorted(known)
    assert not everyday & set(known)


def test_foreign_call_tables_are_refused(machine: str) -> None:
    """Neither 32-bit calls nor those of x32, nor any number that came after the table was written."""
    assert decide(machine, 0, architecture=0x40000003) == REFUSE
    assert decide(machine, 0x40000000) == REFUSE
    assert decide(machine, syscalls.LAST_REVIEWED + 1) == NO_SUCH_CALL


def test_threads_but_no_processes(machine: str) -> None:
    """clone makes threads only, and clone3, whose flags cannot be seen, is as good as missing."""
    clone, thread = number_of("clone", machine), 0x00010000

    assert decide(machine, clone, thread | 0x3D0F00) == ALLOW
    assert decide(machine, clone, 17) == REFUSE
    assert decide(machine, clone, 0x4111) == REFUSE
    assert decide(machine, clone, thread << 32 | 17) == REFUSE
    assert decide(machine, number_of("clone3", machine)) == NO_SUCH_CALL


@pytest.mark.parametrize("name", ["kill", "tkill", "tgkill"])
def test_signals_reach_oneself_only(name: str, machine: str) -> None:
    """The target must be the process itself; garbage in the high word, which the kernel ignores, changes nothing."""
    number = number_of(name, machine)

    assert decide(machine, number, PID, PID, 10) == ALLOW
    assert decide(machine, number, 1 << 32 | PID, PID, 10) == ALLOW
    assert [decide(machine, number, target & (1 << 64) - 1, 1, 10) for target in (0, -1, 1, PID + 1)] == [REFUSE] * 4


def test_abort_of_a_first_process_kills(machine: str) -> None:
    """Where the kernel would drop the signal, and only there."""
    number = number_of("tgkill", machine)

    assert decide(machine, number, 1, 1, 6, pid=1) == KILL
    assert decide(machine, number, 1, 1, 15, pid=1) == ALLOW
    assert decide(machine, number, PID, PID, 6) == ALLOW


@pytest.mark.parametrize("name", ["prlimit64", "sched_setaffinity"])
def test_settings_of_oneself_only(name: str, machine: str) -> None:
    """Zero and one's own number mean oneself."""
    number = number_of(name, machine)

    assert [decide(machine, number, target) for target in (0, PID, 1)] == [ALLOW, ALLOW, REFUSE]


@pytest.mark.parametrize(
    ("name", "allowed", "refused"),
    [
        ("socketpair", [(1, 1), (1, 0x80801)], [(1, 2), (1, 5), (2, 1), (30, 1), (1, 0x80002)]),
        ("prctl", [(15, 0), (38, 1), (22, 2)], [(1, 0), (1 << 32 | 1, 0), (4, 1)]),
        ("fcntl", [(3, 1), (3, 3), (3, 1030)], [(3, 8), (3, 15), (3, 1 << 32 | 8)]),
        ("ioctl", [(0, 0x5401), (0, 0x5451)], [(0, 0x5412), (0, 0x8901), (0, 0x40086602), (0, 0x541C)]),
    ],
)
def test_arguments_decide(
    name: str, allowed: list[tuple[int, int]], refused: list[tuple[int, int]], machine: str
) -> None:
    """Pairs of streams, prctl without the death signal, fcntl without owners, ioctl for terminals' state only."""
    number = number_of(name, machine)

    assert [decide(machine, number, *row) for row in allowed] == [ALLOW] * len(allowed)
    assert [decide(machine, number, *row) for row in refused] == [REFUSE] * len(refused)


@pytest.mark.skipif(MACHINE not in syscalls.ARCHITECTURES, reason="no filter is written for this machine")
def test_kernel_refuses_the_same(confinement: Any, need: Any) -> None:
    """The real kernel, asked for every refused call in turn, answers each with EPERM."""
    need("seccomp")

    def ask() -> dict[str, int]:
        libc = ctypes.CDLL(None, use_errno=True)
        answers = {}
        for name in syscalls.REFUSED:
            number = syscalls.find_number(name, MACHINE)
            if number is not None:
                libc.syscall(ctypes.c_long(number), *[ctypes.c_long(-1)] * 6)
                answers[name] = ctypes.get_errno()
        return answers

    answers = confinement.run(ask).value

    assert {name: answer for name, answer in answers.items() if answer != errno.EPERM} == {}
    assert len(answers) > 100
