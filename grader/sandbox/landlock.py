"""Landlock: what the calling process and its children may do with files, TCP ports and signals, for good.

Needs neither root nor namespaces. What Landlock cannot hold back, whatever its version: looking at metadata (stat),
changing modes, owners, times and attributes of files, UDP; `grader.sandbox.seccomp` sees to those but the first.
"""

import contextlib
import ctypes
import errno
import os
from collections.abc import Iterator, Sequence

from grader.sandbox import kernel

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
"""The numbers of the three calls, the same on every architecture."""

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR, REMOVE_DIR, REMOVE_FILE = (1 << bit for bit in range(6))
MAKE_CHAR, MAKE_DIR, MAKE_REG, MAKE_SOCK, MAKE_FIFO, MAKE_BLOCK, MAKE_SYM = (1 << bit for bit in range(6, 13))
REFER, TRUNCATE, IOCTL_DEV = (1 << bit for bit in range(13, 16))

_FIRST_ABI = {"REFER": 2, "TRUNCATE": 3, "TCP": 4, "IOCTL_DEV": 5, "SCOPES": 6}
_RIGHTS_OF_ABI_1 = (1 << 13) - 1
_TCP_RIGHTS = 0b11
_SCOPES = 0b11
"""Abstract Unix sockets and signals, both only within the domain."""

READ_RIGHTS = READ_FILE | READ_DIR
SCRATCH_RIGHTS = READ_RIGHTS | WRITE_FILE | REMOVE_DIR | REMOVE_FILE | MAKE_DIR | MAKE_REG | REFER | TRUNCATE
"""No links to elsewhere, no sockets, pipes or devices, nothing to execute."""
WRITABLE_DEVICES = ("/dev/null",)
"""Writable where the policy makes them readable: honest code sends output there."""

_RULE_PATH_BENEATH = 1


class _RulesetAttributes(ctypes.Structure):
    _fields_ = [("handled_files", ctypes.c_uint64), ("handled_net", ctypes.c_uint64), ("scoped", ctypes.c_uint64)]


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = [("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32)]


def find_abi() -> int:
    """Return the version of the kernel's Landlock, at least 1.

    Raises:
        OSError: The kernel has none, or it is switched off.
    """
    try:
        return kernel.system_call("landlock_create_ruleset", CREATE_RULESET, None, 0, 1)
    except OSError as error:
        if error.errno == errno.EOPNOTSUPP:
            raise kernel.NotSupportedHere("Landlock is switched off in this kernel (boot option lsm=)") from error
        if error.errno == errno.ENOSYS:
            raise kernel.NotSupportedHere("this kernel has no Landlock (it came with Linux 5.13)") from error
        raise


def handled_rights(abi: int) -> int:
    """Return every file right that a kernel of this version can withhold."""
    rights = _RIGHTS_OF_ABI_1
    for name, right in (("REFER", REFER), ("TRUNCATE", TRUNCATE), ("IOCTL_DEV", IOCTL_DEV)):
        if abi >= _FIRST_ABI[name]:
            rights |= right
    return rights


def describe(abi: int) -> str:
    """Return what a Landlock of this version covers, and what it leaves open."""
    late = {"TCP": "TCP", "IOCTL_DEV": "device control", "SCOPES": "signals, abstract Unix sockets"}
    covered = ["files", *(words for name, words in late.items() if abi >= _FIRST_ABI[name])]
    left = [words for name, words in late.items() if abi < _FIRST_ABI[name]]
    return f"ABI {abi}: {', '.join(covered)}" + (f"; not {', '.join(left)}" if left else "")


@contextlib.contextmanager
def _opened(path: str) -> Iterator[int]:
    descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _allow(ruleset: int, path: str, rights: int) -> None:
    with _opened(path) as descriptor:
        rule = _PathBeneath(allowed=rights, parent=descriptor)
        kernel.system_call("landlock_add_rule", ADD_RULE, ruleset, _RULE_PATH_BENEATH, rule, 0)


def restrict(readable: Sequence[str], scratch: str) -> str:
    """Confine the calling process to reading `readable` and using `scratch`; it must hold no_new_privs.

    A readable path that is not there is left out, which allows less.

    Returns:
        What is covered.

    Raises:
        OSError: Nothing has been restricted.
    """
    abi = find_abi()
    handled = handled_rights(abi)
    attributes = _RulesetAttributes(
        handled_files=handled,
        handled_net=_TCP_RIGHTS if abi >= _FIRST_ABI["TCP"] else 0,
        scoped=_SCOPES if abi >= _FIRST_ABI["SCOPES"] else 0,
    )
    # An older kernel takes the longer structure as long as what it does not know is zero.
    size = ctypes.sizeof(attributes)
    ruleset = kernel.system_call("landlock_create_ruleset", CREATE_RULESET, attributes, size, 0)
    try:
        for path in readable:
            rights = READ_RIGHTS if os.path.isdir(path) else READ_FILE
            if path in WRITABLE_DEVICES:
                rights |= WRITE_FILE
            with contextlib.suppress(FileNotFoundError, NotADirectoryError, PermissionError):
                _allow(ruleset, path, rights)
        _allow(ruleset, scratch, SCRATCH_RIGHTS & handled)
        kernel.system_call("landlock_restrict_self", RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)
    return describe(abi)
