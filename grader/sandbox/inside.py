"""The candidate's own part: after the fork it puts itself under every layer, tells which of them hold, and runs `main`.

Everything here is trusted until the report is closed; from then on nothing in this process is.
"""

import gc
import os
import select
import sys
import traceback
from collections.abc import Callable, Iterable
from contextlib import suppress

from grader.sandbox import capabilities, kernel, landlock, limits, namespaces, process, seccomp
from grader.sandbox.layers import (
    CAPABILITIES,
    LANDLOCK,
    LAYER_NAMES,
    LIMITS,
    MOUNT_NAMESPACE,
    PROCESS,
    SCRATCH_QUOTA,
    SECCOMP,
    USER_NAMESPACE,
    Layer,
    encode_layers,
)
from grader.sandbox.policy import Launch, Policy


class Confinement:
    """The layers of one process as they are put in force, one after another."""

    def __init__(self, without: frozenset[str], layers: Iterable[Layer]) -> None:
        """Begin with the layers that the warden has tried already."""
        self._without = without
        self._layers = {layer.name: layer for layer in layers}

    def holds(self, name: str) -> bool:
        """Return whether a layer is in force by now."""
        return name in self._layers and self._layers[name].in_force

    def put(self, name: str, act: Callable[[], str]) -> None:
        """Put a layer in force by an act that returns what it covers, or note why it could not be done."""
        if name in self._without:
            return
        try:
            self._layers[name] = Layer(name, True, act())
        except OSError as error:
            self._layers[name] = Layer(name, False, kernel.explain(error))

    def layers(self) -> tuple[Layer, ...]:
        """Return every layer, in the order of `LAYER_NAMES`."""
        return tuple(self._layers.get(name) or Layer(name, False, "left out on request") for name in LAYER_NAMES)


def _leave_parent() -> str:
    os.setsid()
    process.forget_environment()
    return "own session, no inherited descriptors, empty environment"


def _cover_scratch(policy: Policy, own_mounts: bool) -> str:
    if not own_mounts:
        raise kernel.NotSupportedHere(f"it takes the {MOUNT_NAMESPACE}, which is not in force")
    return namespaces.cover_scratch(policy.scratch, policy.scratch_bytes)


def _end_with_warden(lifeline: int) -> None:
    """Die with the warden, also if it died before this call: then the lifeline has no writer any more."""
    kernel.die_with_parent()
    poll = select.poll()
    poll.register(lifeline, select.POLLHUP)
    if poll.poll(0):
        os._exit(1)
    os.close(lifeline)


def confine(launch: Launch, layers: Iterable[Layer], lifeline: int) -> tuple[Layer, ...]:
    """Put the calling process under every layer that can be had.

    Args:
        launch: The policy, and the layers to leave out.
        layers: The layers that the warden has put in force.
        lifeline: Read end of a pipe whose only writer is the warden.

    Returns:
        Every layer.
    """
    _end_with_warden(lifeline)
    policy = launch.policy
    confinement = Confinement(launch.without, layers)
    confinement.put(SCRATCH_QUOTA, lambda: _cover_scratch(policy, confinement.holds(MOUNT_NAMESPACE)))
    if confinement.holds(MOUNT_NAMESPACE) and not confinement.holds(SCRATCH_QUOTA):
        namespaces.open_scratch(policy.scratch)
    process.use_scratch(policy.scratch)
    process.reopen_python_streams()
    confinement.put(PROCESS, _leave_parent)
    # Sizes are read from /proc, which Landlock closes; capabilities are needed up to here and no further.
    confinement.put(LIMITS, lambda: limits.apply(policy, confinement.holds(USER_NAMESPACE)))
    confinement.put(CAPABILITIES, capabilities.drop)
    capabilities.forbid_new_privileges()
    confinement.put(LANDLOCK, lambda: landlock.restrict(policy.readable, policy.scratch))
    # Last, because the layers before it make calls that it refuses.
    confinement.put(SECCOMP, seccomp.restrict)
    return confinement.layers()


def run(main: Callable[[], None]) -> int:
    """Run `main` and return the exit code that says how it went; nothing that `main` does makes this raise."""
    code = 1
    with suppress(BaseException):
        try:
            main()
            code = 0
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
        except BaseException:
            traceback.print_exc()
    for stream in (sys.stdout, sys.stderr):
        with suppress(BaseException):
            stream.flush()
    return code & 0xFF


def live(launch: Launch, layers: Iterable[Layer], lifeline: int) -> int:
    """Spend the whole life of a candidate and return its exit code."""
    confined = confine(launch, layers, lifeline)
    os.write(launch.report_fd, encode_layers(confined))
    os.close(launch.report_fd)
    if launch.collects:
        gc.enable()
    return run(launch.main)
