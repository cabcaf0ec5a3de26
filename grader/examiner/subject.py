"""What a suite drives: the submission or the reference, through one and the same interface.

    loss, chosen, rejected = submission.dpo_loss(pc, pr, rc, rr, beta=0.1)
    cache = submission.GQACache(2, 4, 16, 8)      # lives in the candidate
    cache.append(k, v); cache.length; cache.attend(q)

A value comes back as a plain value or tensor; an object comes back as an `Instance`, driven by its handle.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from torch import Tensor

from grader import protocol as p
from grader.candidate.calls import Cotangents, Outcome
from grader.examiner.failures import SimulationUnavailable, SubmissionRaised
from grader.examiner.transport import Transport

MAX_LISTED = 6
DEVICE_TYPES = {"cpu": "cpu", "simulated": "gpu"}


@dataclass
class Manners:
    """What calls did beside returning, gathered over a whole suite: call -> inputs, or just calls."""

    changed: dict[str, list[str]] = field(default_factory=dict)
    aliased: dict[str, list[str]] = field(default_factory=dict)
    drew_globally: list[str] = field(default_factory=list)
    host_syncs: dict[str, list[str]] = field(default_factory=dict)
    may_draw_globally: bool = False


class Subject:
    """The module of a submission, or the reference. Attribute access gives its entry points."""

    def __init__(self, transport: Transport, name: str = "submission") -> None:
        self._transport = transport
        self._name = name
        self._options = p.CallOptions()
        self._manners = Manners()
        self._last_call = ""
        self._misplaced = ""
        self._methods: set[tuple[str, str]] = set()

    def __getattr__(self, name: str) -> Entry:
        if name.startswith("__"):
            raise AttributeError(name)
        return Entry(self, p.Target("module", path=name), name)

    def __repr__(self) -> str:
        return f"<{self._name}>"

    @property
    def manners(self) -> Manners:
        return self._manners

    @property
    def last_call(self) -> str:
        """The latest call with the shapes and dtypes of its inputs, for messages."""
        return self._last_call

    @property
    def misplaced(self) -> str:
        """The device on which a result lay that should lie where the inputs of its call were; empty if none did."""
        return self._misplaced

    def forget_misplaced(self) -> None:
        self._misplaced = ""

    def torch(self, path: str, *args: Any, **kwargs: Any) -> Instance:
        """Construct something of torch's on the subject's side: `submission.torch("nn.Linear", 4, 3)`."""
        with self.options(keep=True):
            made = Entry(self, p.Target("torch", path=path), f"torch.{path}")(*args, **kwargs)
        assert isinstance(made, Instance)
        return made

    @contextlib.contextmanager
    def options(self, **changes: Any) -> Iterator[None]:
        """Calls inside run with these options: device="simulated", default_dtype="float64", no_grad=True."""
        previous = self._options
        self._options = msgspec.structs.replace(previous, **changes)
        try:
            yield
        finally:
            self._options = previous

    @contextlib.contextmanager
    def global_random_allowed(self) -> Iterator[None]:
        """Calls inside may use the global random state (parameter initialisation, generator=None)."""
        previous, self._manners.may_draw_globally = self._manners.may_draw_globally, True
        try:
            yield
        finally:
            self._manners.may_draw_globally = previous

    def call(
        self, target: p.Target, label: str, args: Sequence[Any], kwargs: Mapping[str, Any],
        cotangents: Cotangents | None = None, **options: Any,
    ) -> Outcome:  # fmt: skip
        """Make one call and note its manners. The value of the outcome is wrapped for the suite."""
        called = self._last_call = f"{label}({describe_arguments(args, kwargs)})"
        call_options = msgspec.structs.replace(self._options, **options)
        try:
            outcome = self._transport.invoke(
                target, [unwrap(value) for value in args], {name: unwrap(value) for name, value in kwargs.items()},
                call_options, cotangents, called,
            )  # fmt: skip
        except SubmissionRaised as failure:
            if failure.raised.changed:
                self._manners.changed.setdefault(called, failure.raised.changed)
            raise
        if outcome.simulation_gap is not None:
            raise SimulationUnavailable(outcome.simulation_gap)
        wanted = DEVICE_TYPES[call_options.device]
        self._misplaced = self._misplaced or next((d for d in outcome.devices if d.split(":")[0] != wanted), "")
        if outcome.changed:
            self._manners.changed.setdefault(called, outcome.changed)
        if outcome.aliased:
            self._manners.aliased.setdefault(called, outcome.aliased)
        if outcome.drew_globally and not self._manners.may_draw_globally:
            self._manners.drew_globally.append(called)
        if outcome.host_syncs:
            self._manners.host_syncs.setdefault(called, outcome.host_syncs)
        outcome.value = self._wrap(outcome.value, label)
        return outcome

    def _wrap(self, value: Any, label: str) -> Any:
        return Instance(self, value.handle, value.type_name, label) if isinstance(value, p.ObjectValue) else value


class Entry:
    """One callable of a subject."""

    def __init__(self, subject: Subject, target: p.Target, label: str) -> None:
        self._subject = subject
        self._target = target
        self._label = label

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._subject.call(self._target, self._label, args, kwargs).value

    def __getattr__(self, name: str) -> Entry:
        if name.startswith("__"):
            raise AttributeError(name)
        return Entry(self._subject, p.Target(self._target.root, self._target.handle, f"{self._target.path}.{name}"),
                     f"{self._label}.{name}")  # fmt: skip

    def observe(
        self, *args: Any, cotangents: Cotangents | None = None, metered: bool = False, **kwargs: Any
    ) -> Outcome:
        """Call and return the whole `Outcome`: gradients for these cotangents, the meter, the manners."""
        return self._subject.call(self._target, self._label, args, kwargs, cotangents, metered=metered)

    def __repr__(self) -> str:
        return f"<{self._label} of the {self._subject._name}>"


class Instance:
    """An object that lives with its subject. Attributes give values, or entries where they can be called."""

    def __init__(self, subject: Subject, handle: int, type_name: str, label: str) -> None:
        self._subject = subject
        self._handle = handle
        self._type_name = type_name
        self._label = label

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        target = p.Target("object", self._handle, name)
        label = f"{self._label}.{name}"
        if (self._type_name, name) not in self._subject._methods:
            self._subject._last_call = label
            value = self._subject._transport.read(target, label)
            if not isinstance(value, p.MethodValue | p.ObjectValue):
                return value.detach().clone() if isinstance(value, Tensor) else value
            self._subject._methods.add((self._type_name, name))
        return Entry(self._subject, target, label)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.entry(*args, **kwargs)

    def __repr__(self) -> str:
        return f"a {self._type_name} object"

    @property
    def entry(self) -> Entry:
        """The object itself as a callable, for `instance.entry.observe(...)`."""
        return Entry(self._subject, p.Target("object", self._handle), self._label)

    def method(self, name: str) -> Entry:
        """The method of this name, also where the name is one of this class's own."""
        return Entry(self._subject, p.Target("object", self._handle, name), f"{self._label}.{name}")

    def state(self) -> dict[str, Tensor]:
        """Its state dict, as copies."""
        return self._subject._transport.describe(p.Target("object", self._handle))[0]

    def trainable(self) -> dict[str, bool]:
        """Name of each parameter -> whether it requires grad."""
        return self._subject._transport.describe(p.Target("object", self._handle))[1]

    def load(self, values: Mapping[str, Tensor]) -> None:
        """Copy values into its parameters or buffers, in place. CheckFailed for a missing name or another shape."""
        self._subject._transport.write(p.Target("object", self._handle), values)

    @property
    def wire_value(self) -> p.ObjectValue:
        return p.ObjectValue(self._handle, self._type_name)


def unwrap(value: Any) -> Any:
    """Suite-side values as the transport takes them."""
    if isinstance(value, Instance):
        return value.wire_value
    if type(value) in (list, tuple):
        return type(value)(unwrap(item) for item in value)
    return value


def describe_arguments(args: Sequence[Any], kwargs: Mapping[str, Any]) -> str:
    parts = [describe_value(value) for value in args]
    return ", ".join(parts + [f"{name}={describe_value(value)}" for name, value in kwargs.items()])


def describe_value(value: Any) -> str:
    """A value for people: tensors by dtype and shape, the rest shortly."""
    if isinstance(value, Tensor):
        notes = "" if value.is_contiguous() else " non-contiguous"
        return f"{str(value.dtype).removeprefix('torch.')} {list(value.shape)}{notes}"
    if isinstance(value, Instance):
        return value._type_name
    if isinstance(value, p.GeneratorValue):
        return f"torch.Generator of seed {value.seed}"
    if isinstance(value, p.OpaqueValue):
        return value.what
    if isinstance(value, list | tuple):
        inner = ", ".join(describe_value(item) for item in value[:MAX_LISTED])
        more = f", … {len(value)} in all" if len(value) > MAX_LISTED else ""
        return f"[{inner}{more}]" if isinstance(value, list) else f"({inner}{more})"
    if isinstance(value, p.DeviceValue):
        return value.name
    text = "a callback" if callable(value) and not isinstance(value, type) else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
