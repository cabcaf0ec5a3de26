"""What a submission might try against the machine: every layer refuses it by itself, and without them it works.

Each attempt names the layers that stand in its way. It must fail while all layers are in force, fail while any one of
those alone is left, and succeed once all of those are taken out: so no test here can pass by accident.
"""

import builtins
import ctypes
import errno
import fcntl
import os
import resource
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from grader.sandbox import kernel, namespaces
from grader.sandbox.syscalls import find_number

PTRACE_ATTACH, PTRACE_DETACH = 16, 17
PR_SET_PDEATHSIG = 1
IPC_CREAT, IPC_RMID = 0o1000, 0
CHECKOUT = Path(__file__).resolve().parents[2]
HOME = Path.home()
IS_ROOT = os.geteuid() == 0
libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]


def checked(result: int) -> int:
    """Return what a C function returned, or raise what it complains about."""
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


@dataclass
class World:
    """What lies outside of the confinement."""

    folder: Path
    secret: Path
    foreign: Path
    """A file that only another user may read."""
    victim: int
    tcp: Any
    """The address of a server, as those that follow."""
    udp: Any
    unix: Any
    datagrams: Any
    abstract: Any
    message_key: int
    """The name of a message queue."""
    shared: Path
    """A place in shared memory where nothing is yet."""


@pytest.fixture
def world(tmp_path: Path, victim: int) -> Iterator[World]:
    """A folder, a process, servers and a message queue, none of which a candidate may reach."""
    folder = tmp_path / "outside"
    folder.mkdir()
    secret = folder / "secret.txt"
    secret.write_text("expected values")
    foreign = folder / "foreign.txt"
    foreign.write_text("somebody else's")
    foreign.chmod(0o600)
    if IS_ROOT:
        os.chown(foreign, 65534, 65534)
    with ExitStack() as stack:

        def serve(family: int, kind: int, address: Any) -> Any:
            server = stack.enter_context(socket.socket(family, kind))
            server.bind(address)
            if kind == socket.SOCK_STREAM:
                server.listen(8)
            return server.getsockname()

        tcp = serve(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0))
        udp = serve(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0))
        unix = serve(socket.AF_UNIX, socket.SOCK_STREAM, str(folder / "stream"))
        datagrams = serve(socket.AF_UNIX, socket.SOCK_DGRAM, str(folder / "datagrams"))
        abstract = serve(socket.AF_UNIX, socket.SOCK_STREAM, f"\0drill-test-{os.getpid()}")
        message_key = 0x0D000000 | os.getpid()
        queue = checked(libc.msgget(message_key, IPC_CREAT | 0o600))
        stack.callback(libc.msgctl, queue, IPC_RMID, None)
        shared = Path(f"/dev/shm/drill-test-{os.getpid()}")
        stack.callback(shared.unlink, missing_ok=True)
        yield World(folder, secret, foreign, victim, tcp, udp, unix, datagrams, abstract, message_key, shared)


def connect(family: int, address: Any) -> None:
    with socket.socket(family, socket.SOCK_STREAM) as client:
        client.settimeout(2)
        client.connect(address)


def send_datagram(address: Any) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.sendto(b"leak", address)


def send_from_socketpair(address: str) -> None:
    one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with one, other:
        one.sendto(b"leak", address)


def attach_to(pid: int) -> None:
    checked(libc.ptrace(PTRACE_ATTACH, pid, None, None))
    os.waitpid(pid, 0)
    checked(libc.ptrace(PTRACE_DETACH, pid, None, None))


class IoVector(ctypes.Structure):
    """One piece of memory, for process_vm_readv."""

    _fields_ = [("start", ctypes.c_void_p), ("size", ctypes.c_size_t)]


def read_memory_of(pid: int) -> str:
    target = ctypes.create_string_buffer(8)
    # The victim was forked from here, so this lies at the same address there.
    local, remote = IoVector(ctypes.addressof(target), 8), IoVector(id(errno), 8)
    checked(libc.process_vm_readv(pid, ctypes.byref(local), 1, ctypes.byref(remote), 1, 0))
    return target.raw.hex()


def fork_once() -> None:
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)


def clone_once() -> None:
    number = find_number("clone", kernel.MACHINE)
    pid = checked(libc.syscall(ctypes.c_long(number), signal.SIGCHLD, 0, 0, 0, 0))
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)


def create(path: Path) -> None:
    path.write_text("forged")


@dataclass(frozen=True)
class Attempt:
    """One thing to try, and who refuses it."""

    act: Callable[[World], Any]
    layers: tuple[str, ...]
    """Each of them refuses it alone."""
    root_layers: tuple[str, ...] = ()
    """These, too, where the tests run as root, whose processes hold capabilities."""
    root_only: bool = False
    """Only root can do this in the first place."""

    def refused_by(self) -> tuple[str, ...]:
        """Return every layer that refuses this here."""
        return self.layers + (self.root_layers if IS_ROOT else ())


ATTEMPTS = {
    "read-a-file": Attempt(lambda world: world.secret.read_text(), ("landlock",)),
    "list-the-home": Attempt(lambda world: os.listdir(HOME), ("landlock",)),
    "list-the-drills": Attempt(lambda world: os.listdir(CHECKOUT / "drills"), ("landlock",)),
    "list-the-solutions": Attempt(lambda world: os.listdir(CHECKOUT / "solutions"), ("landlock",)),
    "list-the-temporary-folder": Attempt(lambda world: os.listdir("/tmp"), ("landlock",)),
    "list-processes": Attempt(lambda world: os.listdir("/proc"), ("landlock",)),
    "read-own-memory-file": Attempt(lambda world: open("/proc/self/mem").close(), ("landlock",)),
    "create-a-file": Attempt(lambda world: create(world.folder / "new"), ("landlock", "mount-namespace")),
    "overwrite-a-file": Attempt(lambda world: create(world.secret), ("landlock", "mount-namespace")),
    "delete-a-file": Attempt(lambda world: world.secret.unlink(), ("landlock", "mount-namespace")),
    "rename-a-file": Attempt(lambda world: world.secret.rename("stolen"), ("landlock", "mount-namespace")),
    "hard-link-a-file": Attempt(
        lambda world: os.link(world.secret, world.folder / "link"), ("landlock", "mount-namespace")
    ),
    "truncate-a-file": Attempt(lambda world: os.truncate(world.secret, 0), ("landlock", "mount-namespace", "seccomp")),
    "change-a-mode": Attempt(lambda world: world.secret.chmod(0), ("mount-namespace", "seccomp")),
    "change-a-time": Attempt(lambda world: os.utime(world.secret, (0, 0)), ("mount-namespace", "seccomp")),
    "change-an-owner": Attempt(lambda world: os.chown(world.secret, -1, -1), ("mount-namespace", "seccomp")),
    "write-shared-memory": Attempt(lambda world: create(world.shared), ("landlock", "mount-namespace")),
    "read-anothers-file": Attempt(
        lambda world: world.foreign.read_text(), ("landlock", "user-namespace", "capabilities"), root_only=True
    ),
    "connect-by-tcp": Attempt(
        lambda world: connect(socket.AF_INET, world.tcp), ("seccomp", "landlock", "network-namespace")
    ),
    "send-by-udp": Attempt(lambda world: send_datagram(world.udp), ("seccomp", "network-namespace")),
    "connect-to-a-socket-file": Attempt(lambda world: connect(socket.AF_UNIX, world.unix), ("seccomp",)),
    "connect-to-an-abstract-socket": Attempt(
        lambda world: connect(socket.AF_UNIX, world.abstract),
        ("seccomp", "landlock", "network-namespace"),
    ),
    "send-from-a-socket-pair": Attempt(lambda world: send_from_socketpair(world.datagrams), ("seccomp",)),
    "open-a-netlink-socket": Attempt(
        lambda world: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0).close(), ("seccomp",)
    ),
    "fork": Attempt(lambda world: fork_once(), ("seccomp",)),
    "fork-by-clone": Attempt(lambda world: clone_once(), ("seccomp",)),
    "trace-a-process": Attempt(
        lambda world: attach_to(world.victim),
        ("seccomp", "landlock", "pid-namespace", "user-namespace"),
        root_layers=("capabilities",),
    ),
    "read-memory-of-a-process": Attempt(
        lambda world: read_memory_of(world.victim),
        ("seccomp", "landlock", "pid-namespace", "user-namespace"),
        root_layers=("capabilities",),
    ),
    "open-memory-of-a-process": Attempt(
        lambda world: open(f"/proc/{world.victim}/mem", "rb").close(),
        ("landlock", "user-namespace"),
        root_layers=("capabilities",),
    ),
    "read-environment-of-a-process": Attempt(
        lambda world: Path(f"/proc/{world.victim}/environ").read_bytes().decode(errors="replace"),
        ("landlock", "user-namespace"),
        root_layers=("capabilities",),
    ),
    "signal-a-process": Attempt(lambda world: os.kill(world.victim, 0), ("seccomp", "landlock", "pid-namespace")),
    "signal-the-process-group": Attempt(lambda world: os.kill(0, 0), ("seccomp",)),
    "own-a-descriptor-for-another": Attempt(
        lambda world: fcntl.fcntl(0, fcntl.F_SETOWN, world.victim), ("seccomp", "pid-namespace")
    ),
    "limit-another-process": Attempt(
        lambda world: resource.prlimit(world.victim, resource.RLIMIT_NOFILE), ("seccomp", "pid-namespace")
    ),
    "pin-another-process": Attempt(
        lambda world: os.sched_setaffinity(world.victim, os.sched_getaffinity(0)),
        ("seccomp", "pid-namespace"),
        root_layers=("capabilities",),
    ),
    "open-a-message-queue": Attempt(
        lambda world: checked(libc.msgget(world.message_key, 0)), ("seccomp", "ipc-namespace")
    ),
    "mount": Attempt(
        lambda world: checked(libc.mount(b"none", os.getcwd().encode(), b"tmpfs", 0, None)),
        ("seccomp", "landlock", "capabilities"),
    ),
    "rename-the-host": Attempt(lambda world: socket.sethostname("drill-test"), ("seccomp", "capabilities")),
    "outlive-the-warden": Attempt(lambda world: checked(libc.prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0)), ("seccomp",)),
    "become-somebody": Attempt(lambda world: os.setuid(os.getuid()), ("seccomp",)),
    "leave-the-namespaces": Attempt(lambda world: checked(libc.unshare(0)), ("seccomp",)),
    "make-memory-files": Attempt(lambda world: os.close(os.memfd_create("code")), ("seccomp",)),
    "watch-files": Attempt(lambda world: os.close(checked(libc.inotify_init1(0))), ("seccomp",)),
    "make-a-symbolic-link": Attempt(lambda world: os.symlink(world.secret, "link"), ("landlock",)),
}

ALONE = [(name, layer) for name, attempt in ATTEMPTS.items() for layer in (*attempt.layers, *attempt.root_layers)]


def is_system_error(name: str | None) -> bool:
    """Return whether this is the name of an OSError or of one of its kinds, so no mistake of the test itself."""
    return name is not None and issubclass(getattr(builtins, name), OSError)


def prepare(name: str, need: Callable[..., None], layers: tuple[str, ...]) -> Attempt:
    """Return the attempt, or skip the test where it cannot be made."""
    attempt = ATTEMPTS[name]
    if attempt.root_only and not IS_ROOT:
        pytest.skip("only root could do this in the first place")
    need(*layers)
    return attempt


@pytest.mark.parametrize("name", ATTEMPTS)
def test_is_refused_in_full_confinement(name: str, world: World, confinement: Any, need: Any) -> None:
    """With every layer in force the attempt fails with an OSError, and the process goes on."""
    attempt = prepare(name, need, ())
    outcome = confinement.run(lambda: attempt.act(world))
    if not any(outcome.layers[layer].in_force for layer in attempt.refused_by()):
        pytest.skip(f"none of {', '.join(attempt.refused_by())} can be had here")

    assert outcome.ended.exit_code == 0
    assert is_system_error(outcome.error), outcome


@pytest.mark.parametrize(("name", "layer"), ALONE)
def test_is_refused_by_each_layer_alone(name: str, layer: str, world: World, confinement: Any, need: Any) -> None:
    """Of the layers that stand in the way, any single one suffices."""
    attempt = prepare(name, need, (layer,))
    if layer not in attempt.refused_by():
        pytest.skip("a normal user's processes hold no capability that could be missed")
    others = set(attempt.refused_by()) - {layer}
    if not IS_ROOT and layer in namespaces.FLAGS and "user-namespace" in others:
        pytest.skip("a normal user has this namespace only together with a user namespace")
    outcome = confinement.run(lambda: attempt.act(world), without=others)

    assert outcome.layers[layer].in_force
    assert is_system_error(outcome.error), outcome


@pytest.mark.parametrize("name", ATTEMPTS)
def test_works_without_the_layers(name: str, world: World, confinement: Any, need: Any) -> None:
    """Once the layers in its way are taken out, and only these, the attempt succeeds: it was they that refused it."""
    attempt = prepare(name, need, ())
    if {"capabilities"} & set(attempt.refused_by()) and not IS_ROOT:
        need("user-namespace", "mount-namespace")  # the capabilities are those of one's own namespaces
    outcome = confinement.run(lambda: attempt.act(world), without=attempt.refused_by())

    assert outcome.error is None, outcome.output


@pytest.mark.parametrize("layer", ["landlock", "seccomp"])
def test_program_is_refused_by_each_layer_alone(layer: str, confinement: Any, need: Any) -> None:
    """No program can be started, with or without the call filter."""
    need(layer)
    shell = ["/bin/sh", "-c", "exit 42"]
    full = confinement.run(lambda: os.execv(shell[0], shell))
    alone = confinement.run(lambda: os.execv(shell[0], shell), without={"landlock", "seccomp"} - {layer})
    open_door = confinement.run(lambda: os.execv(shell[0], shell), without={"landlock", "seccomp"})

    assert (full.error, alone.error) == ("PermissionError", "PermissionError")
    assert open_door.ended.exit_code == 42


@pytest.mark.parametrize("layer", namespaces.FLAGS)
def test_namespace_is_its_own(layer: str, confinement: Any, need: Any) -> None:
    """The namespace inside is another than the one outside, and the same one when the layer is left out."""
    need(layer)
    link = "/proc/self/ns/" + {"network-namespace": "net", "mount-namespace": "mnt"}.get(layer, layer.split("-")[0])
    inside = confinement.run(lambda: os.readlink(link), without={"landlock"})
    shared = confinement.run(lambda: os.readlink(link), without={"landlock", layer, "scratch-quota"})

    assert os.readlink(link) not in (None, inside.value)
    assert os.readlink(link) == shared.value


def test_host_name_outside_stays(confinement: Any, need: Any) -> None:
    """A host name that is changed inside is not seen outside."""
    need("uts-namespace", "user-namespace")
    before = socket.gethostname()
    outcome = confinement.run(
        lambda: [socket.sethostname("drill-test"), socket.gethostname()], without={"seccomp", "capabilities"}
    )

    assert outcome.value == [None, "drill-test"]
    assert socket.gethostname() == before


def test_every_capability_is_gone(confinement: Any, need: Any) -> None:
    """No capability is left in any set, and none can come back; without the layer there are some."""
    need("capabilities", "user-namespace")

    def sets() -> dict[str, int]:
        lines = Path("/proc/self/status").read_text().splitlines()
        return {line.split(":")[0]: int(line.split()[1], 16) for line in lines if line.startswith(("Cap", "NoNew"))}

    inside = confinement.run(sets, without={"landlock"})
    kept = confinement.run(sets, without={"landlock", "capabilities"})

    assert inside.value == {"CapInh": 0, "CapPrm": 0, "CapEff": 0, "CapBnd": 0, "CapAmb": 0, "NoNewPrivs": 1}
    assert kept.value["CapEff"] > 0
