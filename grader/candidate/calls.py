"""Making one call to a submission (or, in the examiner, to the reference) and observing what it did beside returning.

Works on Python objects; `server` puts the wire before it. The same code runs the reference, so both sides of a
comparison are called alike.
"""

from __future__ import annotations

import contextlib
import ctypes
import random
import types
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy
import torch

from grader import protocol as p
from grader.candidate.forbidden import ForbiddenRecorder, forbidden_operators
from grader.candidate.meter import metered
from grader.candidate.simulated_gpu import SimulatedGpu, SimulationGap
from grader.marshal import DTYPES


class RequestRefused(Exception):
    """The request does not fit what the submission is; the message says why."""


# numpy.random.get_state takes 60 us; the memory of its Mersenne Twister (624 words and a place) is read in one.
NUMPY_STATE: int = numpy.random.mtrand._rand._bit_generator.ctypes.state_address
NUMPY_STATE_BYTES = 624 * 4 + 4


@dataclass
class Outcome:
    """What one call gave and did. Gradients go by argument place ("0", "1.2"), keyword, or "param.NAME"."""

    value: Any
    gradients: dict[str, torch.Tensor | None] | None = None
    gradient_problem: str | None = None
    meter: p.Meter | None = None
    changed: list[str] = field(default_factory=list)
    aliased: list[str] = field(default_factory=list)
    drew_globally: bool = False
    host_syncs: list[str] = field(default_factory=list)
    devices: list[str] = field(default_factory=list)
    simulation_gap: str | None = None


class Watch:
    """Remembers tensors bit by bit, to tell whether a call modified them."""

    def __init__(self, tensors: Mapping[str, torch.Tensor]) -> None:
        self._tensors = dict(tensors)
        self._before = {name: tensor.detach().clone() for name, tensor in tensors.items()}

    def add(self, name: str, tensor: torch.Tensor) -> None:
        self._tensors[name] = tensor
        self._before[name] = tensor.detach().clone()

    def changed(self) -> list[str]:
        return [name for name, tensor in self._tensors.items() if not same_bits(tensor.detach(), self._before[name])]


def same_bits(left: torch.Tensor, right: torch.Tensor) -> bool:
    """Equality in which NaN equals NaN."""
    if left.shape != right.shape or left.dtype != right.dtype:
        return False
    if torch.equal(left, right):
        return True
    equal = left == right
    if left.is_floating_point():
        equal |= left.isnan() & right.isnan()
    return bool(equal.all())


def global_random_state() -> tuple[bytes, Any, bytes]:
    """Of torch, the random module and numpy, cheap to take and to compare."""
    return torch.get_rng_state().numpy().tobytes(), random.getstate(), ctypes.string_at(NUMPY_STATE, NUMPY_STATE_BYTES)


def named_tensors(args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, torch.Tensor]:
    """Every tensor among the arguments by its place: "0", "1.2", "beta"."""
    found: dict[str, torch.Tensor] = {}

    def visit(name: str, value: Any) -> None:
        if isinstance(value, torch.Tensor):
            found[name] = value
        elif isinstance(value, list | tuple):
            for index, item in enumerate(value):
                visit(f"{name}.{index}", item)
        elif isinstance(value, dict):
            for key, item in sorted(value.items(), key=lambda pair: str(pair[0])):  # in whatever order it was filled
                visit(f"{name}.{key}", item)

    for index, value in enumerate(args):
        visit(str(index), value)
    for key, value in kwargs.items():
        visit(key, value)
    return found


def float_tensors(value: Any) -> list[torch.Tensor]:
    """The float tensors of a result, depth first, a dict by its sorted keys: the ones that take a cotangent."""
    return [tensor for tensor in named_tensors([value], {}).values() if tensor.is_floating_point()]


def map_tensors(value: Any, change: Callable[[torch.Tensor], Any]) -> Any:
    if isinstance(value, torch.Tensor):
        return change(value)
    if type(value) in (list, tuple):
        return type(value)(map_tensors(item, change) for item in value)
    if type(value) is dict:
        return {key: map_tensors(item, change) for key, item in value.items()}
    return value


METERED_CALLS = 3
RECORDED_CALLS = 16
RECORDED_SHARE = 8
"""Of the calls of one kind the first ones and then every eighth are watched for forbidden functions: it takes its time."""
Mover = Callable[[torch.Tensor], torch.Tensor]
Cotangents = Sequence[torch.Tensor] | Callable[[list[torch.Tensor]], Sequence[torch.Tensor]]
"""One for every float tensor of the result; or what makes them, given the result."""


class Executor:
    """Calls into one module and the objects made by it.

    Args:
        module: The module, or None until it is loaded.
        forbidden: Framework functions whose calls are recorded.
        observing: Whether changed inputs, aliases and the global random state are looked at; the reference's need not be.
    """

    def __init__(self, module: Any, forbidden: Sequence[str] = (), *, observing: bool = True) -> None:
        self.module = module
        self._observing = observing
        self.objects: dict[int, Any] = {}
        self.recorder = ForbiddenRecorder(tuple(forbidden)) if forbidden else None
        self._gpu: SimulatedGpu | None = None
        self._watches: list[Watch] = []
        self._calls: Counter[str] = Counter()
        self.forbidden_seen: set[str] = set()
        """Forbidden functions found among the operators of metered calls."""
        self._random_state: Any = None
        """After the latest call."""

    def keep(self, value: Any) -> p.ObjectValue:
        handle = len(self.objects) + 1
        self.objects[handle] = value
        return p.ObjectValue(handle, type(value).__name__[:100], isinstance(value, torch.nn.Module))

    def find(self, value: p.ObjectValue) -> Any:
        if value.handle not in self.objects:
            raise RequestRefused("there is no such object any more")
        return self.objects[value.handle]

    def resolve(self, target: p.Target) -> Any:
        match target.root:
            case "module":
                found: Any = self.module
            case "torch":
                found = torch
            case _:
                found = self.find(p.ObjectValue(target.handle, ""))
        for name in target.path.split(".") if target.path else ():
            if target.root == "module" and found is self.module and not hasattr(found, name):
                raise RequestRefused(f"there is no `{name}` in the file")
            found = getattr(found, name)
        return found

    def prepare(self, device: str) -> None:
        """Make a device known before values are decoded that name it."""
        if device == "simulated" and self._gpu is None:
            self._gpu = SimulatedGpu()

    def invoke(
        self, target: p.Target, args: Sequence[Any], kwargs: Mapping[str, Any], options: p.CallOptions,
        cotangents: Cotangents | None = None,
    ) -> Outcome:  # fmt: skip
        """Call and observe. What the submission raises is raised, with the changed inputs as its `changed_inputs`."""
        self.prepare(options.device)
        put, take = self._movers(options.device)
        args = [map_tensors(value, put) for value in args]
        kwargs = {name: map_tensors(value, put) for name, value in kwargs.items()}
        if options.device == "simulated" and self._gpu is not None:
            # A callback of the examiner is a model on the same device.
            args = [self._on_gpu(value) for value in args]
            kwargs = {name: self._on_gpu(value) for name, value in kwargs.items()}
        inputs = named_tensors(args, kwargs)
        observing = self._observing and target.root != "torch"  # torch's manners are not the submission's
        watch = Watch(inputs if observing else {})
        self._watches.append(watch)
        random_before = self._random_state or (global_random_state() if observing else None)
        outcome = Outcome(None)
        try:
            with self._around(target, options) as meter:
                function = self.resolve(target)
                value = function(*args, **kwargs)
                with self._device(options.device):
                    outcome.devices = sorted({str(t.device) for t in named_tensors([value], {}).values()})
            outcome.meter = self._read_meter(options, meter)
            if self._gpu is not None and options.device == "simulated":
                outcome.host_syncs = list(self._gpu.host_syncs)
            if not observing:
                self._random_state = None
            else:
                self._random_state = global_random_state()
                outcome.drew_globally = self._random_state != random_before
                if outcome.drew_globally:
                    self._stir()
                outcome.changed = watch.changed()
                outcome.aliased = aliased_inputs(value, inputs)
            if cotangents is not None:
                with self._device(options.device):
                    self._pull_back(outcome, value, function, inputs, cotangents, (put, take))
            outcome.value = map_tensors(value, take) if options.device == "simulated" else value
            return outcome
        except SimulationGap as gap:
            return Outcome(None, simulation_gap=str(gap)[:500] or "the simulated GPU cannot run this")
        except BaseException as error:
            if self._observing:
                self._stir()
            with contextlib.suppress(Exception):
                error.changed_inputs = watch.changed()  # type: ignore[attr-defined]
            raise
        finally:
            self._watches.remove(watch)

    def _stir(self) -> None:
        """Draw once from each global generator: who seeds them to the same state at every call is seen at every call."""
        torch.rand(())
        random.random()
        numpy.random.random()
        self._random_state = None

    def forbidden(self) -> list[str]:
        """Forbidden functions that calls have reached so far."""
        return sorted({*(self.recorder.seen if self.recorder else ()), *self.forbidden_seen})

    def watch_callback_result(self, value: Any) -> None:
        """What a callback returned is not to be written to either."""
        if self._watches:
            for name, tensor in named_tensors([value], {}).items():
                self._watches[-1].add(f"callback result {name}", tensor)

    def read(self, target: p.Target) -> Any:
        """The value of an attribute; MethodValue for what must be called."""
        found = self.resolve(target)
        if callable(found) and not isinstance(found, torch.Tensor):
            return p.MethodValue(target.path)
        return found

    def write(self, target: p.Target, values: Mapping[str, torch.Tensor]) -> None:
        """Copy values into parameters, buffers or tensor attributes, in place, dtype and device kept."""
        owner = self.resolve(target)
        with torch.no_grad():
            for name, value in values.items():
                found: Any = owner
                for part in name.split("."):
                    found = getattr(found, part, None)
                if not isinstance(found, torch.Tensor):
                    raise RequestRefused(f"there is no parameter `{name}`")
                if found.shape != value.shape:
                    raise RequestRefused(f"`{name}` has shape {list(found.shape)}, expected {list(value.shape)}")
                found.copy_(value.to(found.device))

    def describe(self, target: p.Target) -> tuple[dict[str, torch.Tensor], dict[str, bool], bool]:
        module = self.resolve(target)
        if not isinstance(module, torch.nn.Module):
            raise RequestRefused(f"the object is a {type(module).__name__}, not an nn.Module")
        parameters = {name: parameter.requires_grad for name, parameter in module.named_parameters()}
        return dict(module.state_dict()), parameters, module.training

    def _pull_back(
        self, outcome: Outcome, value: Any, function: Any, inputs: dict[str, torch.Tensor],
        cotangents: Cotangents, movers: tuple[Mover, Mover],
    ) -> None:  # fmt: skip
        put, take = movers
        results = float_tensors(value)
        cotangents = [put(tensor) for tensor in (cotangents(results) if callable(cotangents) else cotangents)]
        owner = getattr(function, "__self__", function)
        sources = {name: tensor for name, tensor in inputs.items() if tensor.requires_grad}
        if isinstance(owner, torch.nn.Module):
            sources |= {f"param.{name}": par for name, par in owner.named_parameters() if par.requires_grad}
        outcome.gradients = dict.fromkeys(sources)
        if [tuple(tensor.shape) for tensor in results] != [tuple(tensor.shape) for tensor in cotangents]:
            outcome.gradient_problem = "the result has not the expected shapes, so no gradient was asked for"
            return
        # Scalars, because torch.autograd.grad imports sympy (0.5 s) as soon as it is given cotangents.
        scalars = [(r * c.to(r.dtype)).sum() for r, c in zip(results, cotangents, strict=True) if r.requires_grad]
        if not scalars:
            outcome.gradient_problem = "nothing in the result requires grad"
            return
        gradients = torch.autograd.grad(scalars, list(sources.values()), allow_unused=True) if sources else ()
        outcome.gradients = {
            name: None if gradient is None else take(gradient)
            for name, gradient in zip(sources, gradients, strict=True)
        }

    def _movers(self, device: str) -> tuple[Mover, Mover]:
        """How a tensor gets to the device of a call, and how a result gets back."""
        if device == "simulated":
            assert self._gpu is not None
            return self._gpu.put, self._gpu.take
        return lambda tensor: tensor, torch.Tensor.detach

    def _device(self, device: str) -> contextlib.AbstractContextManager[Any]:
        return self._gpu if device == "simulated" and self._gpu is not None else contextlib.nullcontext()

    @contextlib.contextmanager
    def _around(self, target: p.Target, options: p.CallOptions) -> Iterator[Any]:
        with contextlib.ExitStack() as stack:
            stack.enter_context(self._device(options.device))
            if options.default_dtype is not None:
                previous = torch.get_default_dtype()
                torch.set_default_dtype(DTYPES[options.default_dtype])
                stack.callback(torch.set_default_dtype, previous)
            if options.no_grad:
                stack.enter_context(torch.no_grad())
            self._calls[target.path] += 1
            number = self._calls[target.path]
            if self.recorder is not None and (number <= RECORDED_CALLS or number % RECORDED_SHARE == 0):
                stack.enter_context(self.recorder)
            # TorchScript passes by the recorder, but not by the meter.
            meters = options.metered or (self.recorder is not None and number <= METERED_CALLS)
            yield stack.enter_context(metered()) if meters else None

    def _read_meter(self, options: p.CallOptions, meter: Any) -> p.Meter | None:
        if meter is None:
            return None
        counted: p.Meter = meter.result()
        if self.recorder is not None:
            self.forbidden_seen.update(forbidden_operators(self.recorder.names, counted.operators))
        return counted if options.metered else None

    def _on_gpu(self, value: Any) -> Any:
        return self._gpu.callback(value) if self._gpu is not None and isinstance(value, types.FunctionType) else value


def aliased_inputs(value: Any, inputs: Mapping[str, torch.Tensor]) -> list[str]:
    """Names of inputs whose storage a tensor of the result shares."""
    if not inputs:
        return []
    storages: dict[int, str] = {}
    for name, tensor in inputs.items():
        with contextlib.suppress(Exception):
            if tensor.untyped_storage().nbytes():
                storages.setdefault(tensor.untyped_storage().data_ptr(), name)
    shared = []
    for tensor in named_tensors([value], {}).values():
        with contextlib.suppress(Exception):
            shared_with = storages.get(tensor.untyped_storage().data_ptr())
            if shared_with is not None and tensor.untyped_storage().nbytes():
                shared.append(shared_with)
    return sorted(set(shared))
