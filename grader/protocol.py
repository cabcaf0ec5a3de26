"""What examiner and candidate say to each other: typed messages, validated on arrival. No torch in here.

Python objects never cross. A value is a plain scalar, a tensor (dtype, shape and a place in the frame's payload), a
list, tuple or dict of values, or a *name* for something that lives on one side: an object of the candidate, a callback of
the examiner. What is none of these arrives as `OpaqueValue`, which equals nothing.
"""

from __future__ import annotations

from typing import Literal

import msgspec


class TensorValue(msgspec.Struct, tag="tensor", frozen=True):
    """A tensor whose bytes lie in the payload."""

    dtype: str
    shape: tuple[int, ...]
    start: int
    """First byte in the payload."""
    num_bytes: int
    stride: tuple[int, ...] | None = None
    """Strides in elements over the bytes sent; None where they are contiguous."""
    requires_grad: bool = False
    device: str = "cpu"


class BigInt(msgspec.Struct, tag="int", frozen=True):
    """An int beyond 64 bits, in hexadecimal."""

    digits: str


class SequenceValue(msgspec.Struct, tag="sequence", frozen=True):
    kind: Literal["list", "tuple"]
    items: list[Value]


class MappingValue(msgspec.Struct, tag="mapping", frozen=True):
    keys: list[Value]
    values: list[Value]


class DtypeValue(msgspec.Struct, tag="dtype", frozen=True):
    name: str


class DeviceValue(msgspec.Struct, tag="device", frozen=True):
    name: str


class GeneratorValue(msgspec.Struct, tag="generator", frozen=True):
    """A fresh torch.Generator with this seed."""

    seed: int


class CallbackValue(msgspec.Struct, tag="callback", frozen=True):
    """A function of the examiner; calling it in the candidate asks the examiner."""

    identity: int


class ObjectValue(msgspec.Struct, tag="object", frozen=True):
    """An object that lives in the candidate."""

    handle: int
    type_name: str
    is_module: bool = False


class MethodValue(msgspec.Struct, tag="method", frozen=True):
    """An attribute that can be called, so asking for it gave no value yet."""

    name: str


class OpaqueValue(msgspec.Struct, tag="opaque", frozen=True):
    """Something that cannot cross: a subclass, a lazy object, a meta tensor. `what` says so to the learner."""

    what: str


Value = (
    None
    | bool
    | int
    | float
    | str
    | TensorValue
    | BigInt
    | SequenceValue
    | MappingValue
    | DtypeValue
    | DeviceValue
    | GeneratorValue
    | CallbackValue
    | ObjectValue
    | MethodValue
    | OpaqueValue
)


class Target(msgspec.Struct, frozen=True):
    """What a call addresses: a name of the submission's module, an object of the candidate, or a name under torch."""

    root: Literal["module", "object", "torch"]
    handle: int = 0
    path: str = ""
    """Dotted attributes below the root; empty for the object itself."""


class CallOptions(msgspec.Struct, frozen=True):
    """How a call is made and what is reported beside its value."""

    cotangents: list[Value] | None = None
    """One per float tensor of the result: asks for the vector-Jacobian products."""
    device: Literal["cpu", "simulated"] = "cpu"
    metered: bool = False
    keep: bool = False
    """Keep the result in the candidate and answer with its handle, whatever it is."""
    default_dtype: str | None = None
    no_grad: bool = False


class Load(msgspec.Struct, tag="load", frozen=True):
    """Run the file. Sent once, after `Parse`."""

    forbidden: list[str]
    traced: bool = False
    """Note which lines run, and in what order; slow. For our own files."""


class Parse(msgspec.Struct, tag="parse", frozen=True):
    """Read the file without running it. The first request."""

    source: str


class Signature(msgspec.Struct, frozen=True):
    """How the contract calls one callable."""

    name: str
    """Dotted below the module: `dpo_loss`, `GQACache.append`."""
    positional: int
    """Required arguments, given by position (self left out)."""
    optional: list[str]
    """Arguments with a default, given by name."""
    keyword_only: list[str]
    kind: Literal["function", "class", "method", "property"] = "function"


class Inspect(msgspec.Struct, tag="inspect", frozen=True):
    """Are these entry points there, and can they be called as the contract calls them?"""

    signatures: list[Signature]


class Invoke(msgspec.Struct, tag="invoke", frozen=True):
    target: Target
    args: list[Value]
    kwargs: dict[str, Value]
    options: CallOptions


class Read(msgspec.Struct, tag="read", frozen=True):
    """The value of an attribute (a property, a parameter), or MethodValue."""

    target: Target


class Write(msgspec.Struct, tag="write", frozen=True):
    """Copy tensors into named parameters or buffers of an object, in place."""

    target: Target
    values: dict[str, Value]


class Describe(msgspec.Struct, tag="describe", frozen=True):
    """State dict, parameters with requires_grad, and training flag of a module."""

    target: Target


class CallbackResult(msgspec.Struct, tag="callback_result", frozen=True):
    value: Value
    error: str | None = None


class Report(msgspec.Struct, tag="report", frozen=True):
    """Which forbidden calls have been seen so far."""


Request = Load | Parse | Inspect | Invoke | Read | Write | Describe | CallbackResult | Report


class Parsed(msgspec.Struct, tag="parsed", frozen=True):
    """The file parses. `ledger` is its LEDGER literal, if it has a readable one."""

    ledger: dict[str, str] | None = None
    ledger_problem: str | None = None


class Unparsable(msgspec.Struct, tag="unparsable", frozen=True):
    message: str
    line: int | None = None


class Loaded(msgspec.Struct, tag="loaded", frozen=True):
    pass


class Inspected(msgspec.Struct, tag="inspected", frozen=True):
    problems: list[str]


class Meter(msgspec.Struct, frozen=True):
    """Work and memory of one call, counted."""

    flops: int = 0
    peak_bytes: int = 0
    """Most bytes alive at once above what was alive before the call."""
    largest_bytes: int = 0
    """Largest single allocation."""
    total_bytes: int = 0
    retained_bytes: int = 0
    """Alive at the end beyond what was alive before the call."""
    operators: list[str] = []


class Returned(msgspec.Struct, tag="returned", frozen=True):
    value: Value
    gradients: dict[str, Value] | None = None
    """By name of the argument ("0", "1", "base") or parameter; None where nothing flowed."""
    gradient_problem: str | None = None
    meter: Meter | None = None
    changed: list[str] = []
    """Inputs that the call modified."""
    aliased: list[str] = []
    """Inputs whose memory the result shares."""
    drew_globally: bool = False
    """Whether the global random state moved."""
    host_syncs: list[str] = []
    devices: list[str] = []
    """Where the tensors of the result lay."""
    simulation_gap: str | None = None
    """Why the simulated GPU could not run this; then value means nothing."""


class Raised(msgspec.Struct, tag="raised", frozen=True):
    """The submission raised."""

    type_name: str
    ancestors: list[str]
    """Names of the classes it derives from, itself first."""
    message: str
    line: int | None = None
    text: str = ""
    """The submission's source line."""
    out_of_memory: bool = False
    changed: list[str] = []


class CallbackRequest(msgspec.Struct, tag="callback", frozen=True):
    identity: int
    args: list[Value]


class Described(msgspec.Struct, tag="described", frozen=True):
    is_module: bool
    state: dict[str, Value]
    parameters: dict[str, bool]
    """Name of each parameter -> requires_grad, shared ones once."""
    training: bool


class Reported(msgspec.Struct, tag="reported", frozen=True):
    forbidden: list[str]
    arcs: list[tuple[int, int]] = []
    """Of a traced file: pairs of lines of which the second ran right after the first."""


class Refused(msgspec.Struct, tag="refused", frozen=True):
    """The request makes no sense for what the submission is: no such attribute, not a module."""

    message: str


Reply = (
    Parsed | Unparsable | Loaded | Inspected | Returned | Raised | CallbackRequest | Described | Reported | Refused
)

encode = msgspec.msgpack.Encoder().encode
decode_request = msgspec.msgpack.Decoder(Request).decode
decode_reply = msgspec.msgpack.Decoder(Reply).decode
