"""Giving up every capability, for good."""

import ctypes
import errno

from grader.sandbox import kernel

_VERSION_3 = 0x20080522
_AMBIENT_CLEAR_ALL = 4
_HIGHEST_CAPABILITY = 63


class _Header(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]


class _Sets(ctypes.Structure):
    """Effective, permitted and inheritable, the low words of all three before the high words."""

    _fields_ = [("words", ctypes.c_uint32 * 6)]


def _drop_bounding_set() -> bool:
    """Return whether the bounding set is empty now; emptying it takes a capability in the first place."""
    for capability in range(_HIGHEST_CAPABILITY + 1):
        try:
            kernel.prctl(kernel.PR_CAPBSET_DROP, capability)
        except OSError as error:
            return error.errno == errno.EINVAL  # the kernel knows no capability of this number or above
    return True


def forbid_new_privileges() -> None:
    """Make sure that no program gives this process more than it has; Landlock and seccomp ask for it (on Linux)."""
    if kernel.IS_LINUX:
        kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)


def drop() -> str:
    """Give up every capability of the calling process.

    Returns:
        What is covered.

    Raises:
        OSError: Some capability is left.
    """
    kernel.require_linux()
    bounded = _drop_bounding_set()
    kernel.prctl(kernel.PR_CAP_AMBIENT, _AMBIENT_CLEAR_ALL)
    header = _Header(version=_VERSION_3, pid=0)
    kernel.library_call("capset", header, _Sets())
    left = _Sets()
    kernel.library_call("capget", header, left)
    if any(left.words):
        raise OSError(errno.EPERM, "some capabilities could not be dropped")
    return "none left" if bounded else "none left; the bounding set stays, which without new privileges gives nothing"
