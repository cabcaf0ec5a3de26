"""What a confined process inherits, and how its end is told."""

import ctypes
import mmap
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from grader.sandbox.confine import LAYER_NAMES, Ended, Policy, spawn
from grader.sandbox.kernel import MACHINE

MIB = 1 << 20
GETPID_OF_32_BITS = 20
needs_linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def environment_block() -> tuple[int, int]:
    """Return where the strings lie that this process was started with; the same in every process forked from it."""
    fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    return int(fields[47]), int(fields[48])


@needs_linux
@pytest.mark.parametrize("without", [(), ("process",)], ids=["confined", "without"])
def test_environment_is_empty(without: tuple[str, ...], confinement: Any) -> None:
    """Nothing of the environment is left: in Python, in the C library, or in the memory it was started with."""
    start, end = environment_block()

    def look() -> list[bool]:
        native = ctypes.CDLL(None).getenv
        native.restype = ctypes.c_char_p
        block = ctypes.string_at(start, end - start).strip(b"\0")
        return [bool(os.environ), native(b"PATH") is not None, bool(vars(os)["environ"]._data), block != b""]

    outcome = confinement.run(look, without=without)

    assert [bool(without)] * 4 == outcome.value


@pytest.mark.parametrize("without", [(), ("process",)], ids=["confined", "without"])
def test_descriptors_are_closed(without: tuple[str, ...], confinement: Any, tmp_path: Path) -> None:
    """A file that the engine has open is not open inside, under low numbers or high ones."""
    (tmp_path / "log").write_text("secret")
    with open(tmp_path / "log") as file:
        high = os.dup2(file.fileno(), 400)

        def look() -> list[bool]:
            return [is_open(file.fileno()), is_open(high)]

        outcome = confinement.run(look, without=without)
        os.close(high)

    assert [bool(without)] * 2 == outcome.value


def is_open(descriptor: int) -> bool:
    """Return whether this process has such a descriptor."""
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


def test_only_the_standard_streams_and_kept_descriptors_are_open(confinement: Any) -> None:
    """Besides 0, 1 and 2 there is the answer's pipe and nothing more: no report, no lifeline."""
    outcome = confinement.run(lambda: [number for number in range(256) if is_open(number)])

    assert outcome.value[:3] == [0, 1, 2]
    assert len(outcome.value) == 4


def test_standard_streams(confinement: Any) -> None:
    """Input is empty, and what is printed comes out, by Python and by descriptor."""

    def talk() -> str:
        print("printed")
        print("complained \ud800", file=sys.stderr)
        os.write(1, b"written")
        return sys.stdin.read()

    outcome = confinement.run(talk)

    assert outcome.value == ""
    assert outcome.output == "printed\ncomplained \\ud800\nwritten"


def test_standard_streams_may_be_swapped(confinement: Any) -> None:
    """The engine's own 1 and 2 may be given in any order."""
    read, write = os.pipe()
    saved = os.dup(1), os.dup(2)
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(write, 1)
    os.dup2(null, 2)
    try:
        confined = spawn(confinement.policy, lambda: print("to the other", file=sys.stderr), (), 2, 1)
        confined.wait(20)
    finally:
        os.dup2(saved[0], 1)
        os.dup2(saved[1], 2)
        for descriptor in (write, null, *saved):
            os.close(descriptor)
    with open(read) as file:
        assert file.read() == "to the other\n"


@pytest.mark.parametrize("without", [(), ("process",)], ids=["confined", "without"])
def test_session_is_its_own(without: tuple[str, ...], confinement: Any) -> None:
    """The process leads a session of its own, so no terminal and no process group of ours reaches it."""
    outcome = confinement.run(lambda: os.getsid(0) == os.getpid(), without=without)

    assert (not without) == outcome.value


def test_signal_handlers_are_forgotten(confinement: Any) -> None:
    """A handler or a blocked signal of the engine does not go on in the candidate."""
    before = signal.signal(signal.SIGUSR1, lambda *_: None)
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2])
    try:
        outcome = confinement.run(
            lambda: [
                signal.getsignal(signal.SIGUSR1) == signal.SIG_DFL,
                len(signal.pthread_sigmask(signal.SIG_BLOCK, ())),
            ]
        )
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGUSR2])
        signal.signal(signal.SIGUSR1, before)

    assert outcome.value == [True, 0]


def crash() -> None:
    ctypes.string_at(8)


ENDS = {
    "returns": (lambda: None, Ended(exit_code=0)),
    "exits": (lambda: sys.exit(3), Ended(exit_code=3)),
    "exits-with-a-message": (lambda: sys.exit("bye"), Ended(exit_code=1)),
    "leaves-at-once": (lambda: os._exit(200), Ended(exit_code=200)),
    "raises": (lambda: 1 // 0, Ended(exit_code=1)),
    "faults": (crash, Ended(signal=signal.SIGSEGV)),
    "aborts": (os.abort, Ended(signal=signal.SIGABRT)),
}


@pytest.mark.parametrize("without", [(), ("pid-namespace",)], ids=["first-process", "ordinary-process"])
@pytest.mark.parametrize("name", ENDS)
def test_end_is_told(name: str, without: tuple[str, ...], confinement: Any) -> None:
    """The exit code or the signal is what the candidate ended by, also as first process of a namespace."""
    act, expected = ENDS[name]
    confined = confinement.start(act, without=without)

    assert expected == confined.wait(20)
    assert expected == confined.kill()


def test_abort_ends_even_without_the_filter(confinement: Any) -> None:
    """Without the filter an abort in the first process of a namespace ends as the fault that follows it."""
    confined = confinement.start(os.abort, without={"seccomp"})

    assert confined.wait(20).signal in {signal.SIGABRT, signal.SIGSEGV, signal.SIGTRAP}


def test_traceback_goes_to_standard_error(confinement: Any) -> None:
    """What `main` raises is shown there, and nowhere else."""
    outcome = confinement.run(lambda: 1 // 0)

    assert "ZeroDivisionError" in outcome.output


def test_wait_gives_up(confinement: Any) -> None:
    """A wait with a limit returns None while the process runs, and does not end it."""
    confined = confinement.start(lambda: time.sleep(60))

    assert confined.wait(0.05) is None
    assert confined.poll() is None
    assert Ended(signal=signal.SIGKILL) == confined.kill()


def test_layers_are_known_before_main_runs(confinement: Any) -> None:
    """`spawn` returns with every layer, in order, while `main` has only begun."""
    confined = confinement.start(lambda: time.sleep(60))
    confined.kill()

    assert [layer.name for layer in confined.layers] == list(LAYER_NAMES)
    assert all(layer.reason for layer in confined.layers)


@pytest.mark.skipif(MACHINE != "x86_64", reason="only x86_64 has a second and a third set of system calls")
def test_other_call_tables_are_closed(confinement: Any, need: Any) -> None:
    """System calls by way of the 32-bit entry are refused, whatever their number; so are those of the x32 table."""
    need("seccomp")

    def by_32_bit_entry() -> int:
        # mov eax, 20; int 0x80; ret
        code = b"\xb8" + GETPID_OF_32_BITS.to_bytes(4, "little") + b"\xcd\x80\xc3"
        memory = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
        memory.write(code)
        return ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(memory)))()

    def by_x32() -> int:
        libc = ctypes.CDLL(None, use_errno=True)
        libc.syscall(ctypes.c_long(0x40000000 + 39))
        return ctypes.get_errno()

    assert confinement.run(by_x32).value == 1
    open_door = confinement.run(by_32_bit_entry, without={"seccomp"})
    if open_door.ended.signal is not None or open_door.value < 0:
        pytest.skip("this kernel has no 32-bit entry")
    assert open_door.value == 1  # its own process id
    assert confinement.run(by_32_bit_entry).value == -1


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"memory_bytes": 0}, "memory_bytes must be above 0"),
        ({"scratch": "relative"}, "absolute path"),
        ({"scratch": "/nonexistent"}, "existing folder"),
        ({"readable": ("lib",)}, "absolute paths"),
    ],
)
def test_policy_is_checked(changes: dict[str, Any], complaint: str, confinement: Any) -> None:
    """A policy that makes no sense is refused in the engine, with the value."""
    values = {**vars(confinement.policy), **changes}
    with pytest.raises(ValueError, match=complaint):
        spawn(Policy(**values), lambda: None, (), 1, 2)


def test_arguments_are_checked(confinement: Any) -> None:
    """Standard streams cannot be kept as such, and only layers can be left out."""
    with pytest.raises(ValueError, match="above 2"):
        spawn(confinement.policy, lambda: None, (1,), 1, 2)
    with pytest.raises(ValueError, match="must name layers, not firewall"):
        spawn(confinement.policy, lambda: None, (), 1, 2, frozenset({"firewall"}))
