"""Namespaces: the process sees no network, no other process, and no mount of ours that it could change.

`enter` is the warden's part. The process-id namespace holds only for the children forked afterwards.
"""

import ctypes
import os
from collections.abc import Iterable

from grader.sandbox import kernel
from grader.sandbox.layers import (
    IPC_NAMESPACE,
    MOUNT_NAMESPACE,
    NETWORK_NAMESPACE,
    PID_NAMESPACE,
    USER_NAMESPACE,
    UTS_NAMESPACE,
    Layer,
)

FLAGS = {
    USER_NAMESPACE: 0x10000000,
    PID_NAMESPACE: 0x20000000,
    NETWORK_NAMESPACE: 0x40000000,
    IPC_NAMESPACE: 0x08000000,
    UTS_NAMESPACE: 0x04000000,
    MOUNT_NAMESPACE: 0x00020000,
}

_COVERS = {
    USER_NAMESPACE: "no rights outside of it",
    PID_NAMESPACE: "sees no other process, and all of its own die with it",
    NETWORK_NAMESPACE: "no network, not even a loopback that is up",
    IPC_NAMESPACE: "own System V and POSIX message objects",
    UTS_NAMESPACE: "own host name",
}

MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_BIND, MS_REC, MS_PRIVATE = 2, 4, 8, 4096, 16384, 1 << 18
_MOUNT_SETATTR = 442
_AT_FDCWD, _AT_RECURSIVE = -100, 0x8000
_ATTRIBUTE_READ_ONLY = 1

SCRATCH_FILES = 4096
"""How many files and folders the scratch folder may hold."""


class _MountAttributes(ctypes.Structure):
    _fields_ = [
        ("set", ctypes.c_uint64),
        ("clear", ctypes.c_uint64),
        ("propagation", ctypes.c_uint64),
        ("user_namespace_fd", ctypes.c_uint64),
    ]


def _unshare(names: Iterable[str]) -> None:
    flags = 0
    for name in names:
        flags |= FLAGS[name]
    kernel.library_call("unshare", flags)


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def _map_identity(user: int, group: int) -> None:
    """Keep the user and the group under their numbers; every other one is unknown inside."""
    _write("/proc/self/setgroups", "deny")
    _write("/proc/self/uid_map", f"{user} {user} 1\n")
    _write("/proc/self/gid_map", f"{group} {group} 1\n")


def _try_to_unshare(names: list[str]) -> dict[str, str]:
    """Enter as many of the namespaces as can be had, and return why not for the others."""
    try:
        _unshare(names)
    except OSError as error:
        if len(names) == 1:
            return {names[0]: kernel.explain(error)}
    else:
        return {}
    # The user namespace comes first: it gives the rights that the others take.
    return {name: reason for each in names for name, reason in _try_to_unshare([each]).items()}


def enter(names: Iterable[str]) -> list[Layer]:
    """Move the calling process, which must have one thread, into new namespaces.

    Args:
        names: Which ones, out of `FLAGS`.

    Returns:
        One layer for each of the names.
    """
    wanted = [name for name in FLAGS if name in set(names)]
    user, group = os.geteuid(), os.getegid()
    refused = _try_to_unshare(wanted) if wanted else {}
    if USER_NAMESPACE in wanted and USER_NAMESPACE not in refused:
        try:
            _map_identity(user, group)
        except OSError as error:
            refused[USER_NAMESPACE] = f"entered, but the user could not be mapped: {kernel.explain(error)}"
            # Somebody without a name could create no file in a file system mounted here.
            refused.setdefault(MOUNT_NAMESPACE, "of no use without a mapped user")
    covers = dict(_COVERS)
    if MOUNT_NAMESPACE in wanted and MOUNT_NAMESPACE not in refused:
        try:
            covers[MOUNT_NAMESPACE] = _seal_mounts()
        except OSError as error:
            refused[MOUNT_NAMESPACE] = kernel.explain(error)
    return [Layer(name, name not in refused, refused.get(name) or covers[name]) for name in wanted]


def _seal_mounts() -> str:
    """Cut the mount table off from the one outside and make every mount in it read-only."""
    kernel.library_call("mount", "none", "/", None, MS_REC | MS_PRIVATE, None)
    try:
        _set_mount_attributes("/", _AT_RECURSIVE, _MountAttributes(set=_ATTRIBUTE_READ_ONLY))
    except OSError as error:
        return f"own mount table, though not read-only: {kernel.explain(error)}"
    return "own mount table, read-only but for the scratch folder"


def _set_mount_attributes(path: str, flags: int, attributes: _MountAttributes) -> None:
    size = ctypes.sizeof(attributes)
    kernel.system_call("mount_setattr", _MOUNT_SETATTR, _AT_FDCWD, path, flags, attributes, size)


def cover_scratch(scratch: str, size_bytes: int) -> str:
    """Lay an empty file system in memory over the scratch folder; it takes a mount namespace of one's own.

    Returns:
        What is covered.

    Raises:
        OSError: The folder is as it was.
    """
    options = f"size={size_bytes},nr_inodes={SCRATCH_FILES},mode=0700"
    kernel.library_call("mount", "scratch", scratch, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, options)
    return f"in memory, {size_bytes} bytes and {SCRATCH_FILES} files at most, gone with the process"


def open_scratch(scratch: str) -> None:
    """Make the scratch folder itself writable again inside sealed mounts, where nothing could be laid over it."""
    kernel.library_call("mount", scratch, scratch, None, MS_BIND, None)
    _set_mount_attributes(scratch, 0, _MountAttributes(clear=_ATTRIBUTE_READ_ONLY))
