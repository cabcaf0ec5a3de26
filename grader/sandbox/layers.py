"""The layers of confinement by name, and how a confined process tells the trusted side which of them hold."""

import json
from dataclasses import dataclass

PROCESS = "process"
USER_NAMESPACE = "user-namespace"
PID_NAMESPACE = "pid-namespace"
NETWORK_NAMESPACE = "network-namespace"
IPC_NAMESPACE = "ipc-namespace"
UTS_NAMESPACE = "uts-namespace"
MOUNT_NAMESPACE = "mount-namespace"
SCRATCH_QUOTA = "scratch-quota"
LIMITS = "limits"
CAPABILITIES = "capabilities"
LANDLOCK = "landlock"
SECCOMP = "seccomp"

LAYER_NAMES = (
    PROCESS,
    USER_NAMESPACE,
    PID_NAMESPACE,
    NETWORK_NAMESPACE,
    IPC_NAMESPACE,
    UTS_NAMESPACE,
    MOUNT_NAMESPACE,
    SCRATCH_QUOTA,
    LIMITS,
    CAPABILITIES,
    LANDLOCK,
    SECCOMP,
)
"""Every layer, in the order in which a report lists them."""


@dataclass(frozen=True)
class Layer:
    """One layer of confinement, as the confined process found it just before it ran foreign code."""

    name: str
    """One of `LAYER_NAMES`."""
    in_force: bool
    """Whether the layer holds; a layer that holds in part counts as not in force."""
    reason: str
    """What it covers when it is in force, and otherwise why it is not, in plain words."""


def encode_layers(layers: tuple[Layer, ...]) -> bytes:
    """Return the layers as one JSON line."""
    return json.dumps({"layers": [[layer.name, layer.in_force, layer.reason] for layer in layers]}).encode() + b"\n"


def encode_candidate(pid: int) -> bytes:
    """Return the candidate's process id, as the engine sees it, as one JSON line."""
    return json.dumps({"candidate": pid}).encode() + b"\n"


def encode_failure(message: str) -> bytes:
    """Return the reason why no candidate could be started as one JSON line."""
    return json.dumps({"failure": message[:1000]}).encode() + b"\n"


@dataclass(frozen=True)
class Report:
    """What came over the report pipe before the foreign code ran."""

    candidate_pid: int | None
    layers: tuple[Layer, ...] | None
    failure: str | None


def decode_report(text: bytes) -> Report:
    """Read the lines that the warden and the candidate wrote; both are trusted code at that time."""
    found: dict[str, object] = {}
    for line in text.splitlines():
        found.update(json.loads(line))
    candidate_pid, rows, failure = found.get("candidate"), found.get("layers"), found.get("failure")
    layers = tuple(Layer(*row) for row in rows) if isinstance(rows, list) else None
    return Report(
        candidate_pid=candidate_pid if isinstance(candidate_pid, int) else None,
        layers=layers,
        failure=failure if isinstance(failure, str) else None,
    )
