"""Where the system lacks a layer, the rest goes on, and the report says plainly what is missing and why."""

import ctypes
import errno
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grader.sandbox import kernel, landlock, namespaces, seccomp
from grader.sandbox.confine import LAYER_NAMES, Policy, default_readable, probe

PR_SET_SECCOMP, PR_SET_DUMPABLE = 22, 4
UNSHARE = {"x86_64": 272, "aarch64": 97}
NOBODY = 65534
needs_filter = pytest.mark.skipif(kernel.MACHINE not in UNSHARE or sys.platform != "linux", reason="needs seccomp")


def refuse(answers: dict[int, int]) -> None:
    """Make this process's system, and that of its children, answer these calls with these errors."""
    steps = [seccomp.Instruction(0x20, 0)]
    for number, error in answers.items():
        steps += [seccomp.Instruction(0x15, number, 0, 1), seccomp.Instruction(0x06, 0x00050000 | error)]
    steps.append(seccomp.Instruction(0x06, 0x7FFF0000))
    filters = (seccomp._Filter * len(steps))(
        *(seccomp._Filter(step.code, step.if_true, step.if_false, step.operand) for step in steps)
    )
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    kernel.library_call("prctl", PR_SET_SECCOMP, 2, seccomp._Program(len(steps), filters), 0, 0)


def missing(layers: Any) -> dict[str, str]:
    """Return the layers that are not in force, with the reasons."""
    return {layer.name: layer.reason for layer in layers if not layer.in_force}


@needs_filter
def test_without_namespaces(confinement: Any, forked: Callable[..., Any], need: Any) -> None:
    """As in a container that forbids them: each one is reported with its reason, and everything else holds."""
    need("landlock", "seccomp")

    def engine() -> list[Any]:
        refuse({UNSHARE[kernel.MACHINE]: errno.EPERM})
        outcome = confinement.run(lambda: [os.getpid() > 1, os.getcwd()])
        denied = confinement.run(lambda: os.listdir("/tmp"))
        return [missing(outcome.layers.values()), outcome.value, denied.error]

    absent, value, error = forked(engine)

    assert {*namespaces.FLAGS, "scratch-quota"} == set(absent)
    assert absent["user-namespace"] == "unshare: Operation not permitted"
    assert absent["scratch-quota"] == "it takes the mount-namespace, which is not in force"
    assert value == [True, confinement.policy.scratch]
    assert error == "PermissionError"


@needs_filter
@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (errno.ENOSYS, "this kernel has no Landlock (it came with Linux 5.13)"),
        (errno.EOPNOTSUPP, "Landlock is switched off in this kernel (boot option lsm=)"),
    ],
)
def test_without_landlock(
    error: int, reason: str, confinement: Any, forked: Callable[..., Any], layers_here: Any
) -> None:
    """An older kernel, or one with Landlock switched off, costs this layer only."""

    def engine() -> dict[str, str]:
        refuse({landlock.CREATE_RULESET: error})
        return missing(confinement.run(lambda: None).layers.values())

    elsewhere = {name for name, layer in layers_here.items() if not layer.in_force}

    assert reason == (absent := forked(engine))["landlock"]
    assert {"landlock", *elsewhere} == set(absent)


@needs_filter
def test_without_mount_rights(confinement: Any, forked: Callable[..., Any], need: Any) -> None:
    """A refused tmpfs leaves the scratch folder as it is, writable all the same."""
    need("mount-namespace")
    mount = {"x86_64": 165, "aarch64": 40}[kernel.MACHINE]

    def engine() -> list[Any]:
        refuse({mount: errno.EACCES})
        outcome = confinement.run(lambda: Path("file").write_text("kept"))
        return [missing(outcome.layers.values()), outcome.value]

    absent, written = forked(engine)

    assert {"mount-namespace", "scratch-quota"} <= set(absent)
    assert written == 4
    assert (Path(confinement.policy.scratch) / "file").read_text() == "kept"


def test_elsewhere(confinement: Any, forked: Callable[..., Any]) -> None:
    """On another system the process boundary and the limits are left, and nothing is claimed beyond that."""

    def engine() -> list[Any]:
        kernel.IS_LINUX = False
        outcome = confinement.run(lambda: [dict(os.environ), os.getcwd()])
        confined = confinement.start(lambda: __import__("time").sleep(60))
        return [missing(outcome.layers.values()), outcome.value, confined.kill().signal]

    absent, value, killed_by = forked(engine)

    assert set(LAYER_NAMES) - {"process", "limits"} == set(absent)
    assert all("Linux" in reason for name, reason in absent.items() if name != "scratch-quota")
    assert value == [{}, confinement.policy.scratch]
    assert killed_by == 9


def test_unknown_machine(confinement: Any, forked: Callable[..., Any], need: Any) -> None:
    """On a machine that no filter is written for, the report says so."""
    need("seccomp")

    def engine() -> dict[str, str]:
        kernel.MACHINE = "riscv64"
        return missing(confinement.run(lambda: None).layers.values())

    assert forked(engine)["seccomp"] == "no filter is written for riscv64"


@pytest.mark.skipif(os.geteuid() != 0, reason="the tests run as a normal user anyway")
def test_as_normal_user(forked: Callable[..., Any], layers_here: Any, confinement: Any) -> None:
    """Nothing takes root: a normal user gets every layer that root gets here."""

    def engine(folder: str) -> list[Any]:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
        kernel.prctl(PR_SET_DUMPABLE, 1)  # as after starting a program; changing users had taken it away
        policy = {**vars(confinement.policy), "scratch": folder}
        user = type(confinement)(Policy(**policy))
        layers = probe(user.policy)
        kept = user.run(lambda: [os.getuid(), os.getgid(), Path("file").write_text("mine")])
        refused = user.run(lambda: os.listdir("/tmp"))
        quota = user.run(lambda: Path("large").write_bytes(bytes(5 << 20)))
        forks = user.run(os.fork)
        return [missing(layers), kept.value, refused.error, quota.error, forks.error]

    with tempfile.TemporaryDirectory() as folder:
        os.chown(folder, NOBODY, NOBODY)
        absent, kept, *errors = forked(lambda: engine(folder))

    assert set(absent) <= {name for name, layer in layers_here.items() if not layer.in_force}, absent
    assert kept == [NOBODY, NOBODY, 4]
    assert errors == ["PermissionError", "OSError", "PermissionError"]


def test_probe_tells_every_layer(confinement: Any) -> None:
    """The doctor's view names each layer once, in order."""
    assert tuple(layer.name for layer in probe(confinement.policy)) == LAYER_NAMES


@pytest.mark.parametrize(
    ("abi", "rights", "text"),
    [
        (1, 13, "ABI 1: files; not TCP, device control, signals, abstract Unix sockets"),
        (2, 14, "ABI 2: files; not TCP, device control, signals, abstract Unix sockets"),
        (3, 15, "ABI 3: files; not TCP, device control, signals, abstract Unix sockets"),
        (4, 15, "ABI 4: files, TCP; not device control, signals, abstract Unix sockets"),
        (5, 16, "ABI 5: files, TCP, device control; not signals, abstract Unix sockets"),
        (6, 16, "ABI 6: files, TCP, device control, signals, abstract Unix sockets"),
        (9, 16, "ABI 9: files, TCP, device control, signals, abstract Unix sockets"),
    ],
)
def test_landlock_by_version(abi: int, rights: int, text: str) -> None:
    """Version 1 has 13 file rights; versions 2, 3 and 5 add one each, 4 adds TCP, 6 the scopes."""
    assert (1 << rights) - 1 == landlock.handled_rights(abi)
    assert text == landlock.describe(abi)


@pytest.mark.parametrize("abi", [1, 2, 3, 4, 5, 6])
def test_older_landlock_holds(abi: int, confinement: Any, need: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what an older version offers, files are closed and the scratch folder is open."""
    need("landlock")
    monkeypatch.setattr(landlock, "find_abi", lambda: abi)
    listing = confinement.run(lambda: os.listdir("/tmp"))
    writing = confinement.run(lambda: Path("file").write_text("kept"))

    assert listing.layers["landlock"].reason.startswith(f"ABI {abi}:")
    assert (listing.error, writing.value) == ("PermissionError", 4)


def test_paths_that_are_missing_are_left_out(confinement: Any, need: Any) -> None:
    """A readable path that does not exist costs nothing, and no layer."""
    need("landlock")
    readable = (*default_readable(), "/nonexistent/folder")
    outcome = confinement.run(lambda: os.listdir("/tmp"), readable=readable)

    assert outcome.layers["landlock"].in_force
    assert outcome.error == "PermissionError"


def test_readable_paths_are_not_writable(confinement: Any, need: Any, tmp_path: Path) -> None:
    """What the policy makes readable can be read, below as well, but neither written nor executed."""
    need("landlock")
    folder = tmp_path / "library"
    folder.mkdir()
    (folder / "data").write_text("text")
    readable = (*default_readable(), str(folder))
    without = {"mount-namespace", "scratch-quota", "seccomp"}
    data = folder / "data"

    assert confinement.run(data.read_text, readable=readable, without=without).value == "text"
    assert confinement.run(lambda: data.write_text("x"), readable=readable, without=without).error == "PermissionError"
    assert confinement.run(lambda: data.write_text("x"), without={*without, "landlock"}).value == 1


def test_layout_of_structures() -> None:
    """The kernel takes these structures byte for byte."""
    sizes = [ctypes.sizeof(kind) for kind in (landlock._PathBeneath, landlock._RulesetAttributes, seccomp._Filter)]

    assert sizes == [12, 24, 8]
