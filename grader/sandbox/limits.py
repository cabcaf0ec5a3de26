"""Resource limits, which every Unix has: memory, processor time, file size, descriptors, no core files."""

import contextlib
import math
import resource

from grader.sandbox import kernel
from grader.sandbox.policy import Policy

MAX_STACK_BYTES = 64 << 20
MAX_HEAPS = 2
"""Heaps that threads share; one for each thread would use up the memory limit without holding anything."""
MAX_THREADS = 128
"""Threads of one candidate. The kernel counts them per user, so the limit fits only a user namespace of one's own,
and root is exempt: there the memory limit is what bounds them."""

_NOTHING = ("RLIMIT_CORE", "RLIMIT_MEMLOCK", "RLIMIT_MSGQUEUE", "RLIMIT_RTPRIO")


def _lower(name: str, value: int) -> None:
    """Set the limit to a value for good; one that is lower already stays."""
    which = getattr(resource, name)
    finite = [limit for limit in resource.getrlimit(which) if limit != resource.RLIM_INFINITY]
    lowered = min([value, *finite])
    resource.setrlimit(which, (lowered, lowered))


def _inherited_bytes() -> int:
    """Return the size of the address space that this process was forked with."""
    try:
        with open("/proc/self/statm", encoding="utf-8") as file:
            return int(file.read().split()[0]) * resource.getpagesize()
    except OSError as error:
        message = "memory is not limited, for the size of the process cannot be read; the other limits hold"
        raise OSError(error.errno, message) from error


def prefer_as_victim() -> None:
    """When the machine runs out of memory, end this process before any other."""
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w", encoding="utf-8") as file:
        file.write("1000")


def apply(policy: Policy, own_users: bool) -> str:
    """Set the limits on the calling process, for good.

    Args:
        policy: The sizes.
        own_users: Whether the process is alone in a user namespace, so that its threads can be counted.

    Returns:
        What is covered.

    Raises:
        OSError: A limit could not be set.
    """
    for name in _NOTHING:
        if hasattr(resource, name):
            _lower(name, 0)
    # The soft limit alone would send SIGXCPU, which the first process of a namespace does not feel.
    _lower("RLIMIT_CPU", max(1, math.ceil(policy.cpu_s)))
    _lower("RLIMIT_FSIZE", policy.file_bytes)
    _lower("RLIMIT_NOFILE", policy.max_open_files)
    _lower("RLIMIT_STACK", MAX_STACK_BYTES)
    if own_users:
        _lower("RLIMIT_NPROC", MAX_THREADS)
    prefer_as_victim()
    kernel.forbid_core_dump()
    kernel.bound_heaps(MAX_HEAPS)
    _lower("RLIMIT_AS", _inherited_bytes() + policy.memory_bytes)
    return f"{policy.memory_bytes} bytes of memory, {policy.cpu_s:g} s of processor, no core files"
