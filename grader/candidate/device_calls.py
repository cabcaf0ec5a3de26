"""The calls that people write, as the simulated GPU takes them: `.device`, `.to(...)`, `device=`, `.numpy()`.

Torch hands every call and every attribute access to a mode before it runs. Here a named device becomes the CPU, and the
result is marked (see `placement`) as lying where it was asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
import torch.utils._device
from torch.overrides import TorchFunctionMode

from grader.candidate.placement import (
    CPU_DEVICE,
    DEVICE_TYPE,
    DeviceMismatch,
    NotOnHost,
    OperatorMode,
    Place,
    SimulationGap,
    place_of,
    put_mark,
    share_storage,
    tensors_in,
)


class _Move(torch.autograd.Function):
    """A copy at another place, whose gradient comes back."""

    @staticmethod
    def forward(ctx: Any, tensor: torch.Tensor, place: Place) -> torch.Tensor:
        ctx.source = place_of(tensor)
        copy = tensor.clone()
        put_mark(copy, place)
        return copy

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, None]:
        return _move(gradient, ctx.source), None


def _move(tensor: torch.Tensor, place: Place) -> torch.Tensor:
    if torch._C._functorch.maybe_current_level() is not None:  # vmap wants a rule of each autograd function
        copy = tensor.clone()
        put_mark(copy, place)
        return copy
    moved: torch.Tensor = _Move.apply(tensor, place)  # type: ignore[no-untyped-call]
    return moved


class CallMode(TorchFunctionMode):
    """Sees what people write: attributes such as `.device`, moves such as `.to`, and `device=` arguments."""

    def __init__(self, operators: OperatorMode, device: torch.device) -> None:
        self.operators = operators
        self.device = device
        self.factories = torch.utils._device._device_constructors()

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        special = _SPECIAL.get(func)
        if special is not None:
            return special(self, func, args, kwargs)
        if type(func) is _MethodWrapper:  # an attribute: it makes nothing
            return func(*args, **kwargs)
        return self.call(func, args, kwargs)

    def call(self, func: Any, args: Sequence[Any], kwargs: Mapping[str, Any], default: Place | None = None) -> Any:
        """Run on the CPU what was asked for somewhere else, and see to it that the result lies there.

        Args:
            default: Where the result lies if no device is named; by default that is the operators' business.
        """
        requested = kwargs.get("device")
        is_factory = func in self.factories
        target = default if requested is None else self.place_named(requested)
        target = target if target in (Place.CPU, Place.GPU) else None
        if requested is not None and target is not None:
            kwargs = {**kwargs, "device": CPU_DEVICE}
        with torch._C.DisableTorchFunction():
            inputs = list(tensors_in((args, kwargs)))
            on_gpu = any(place_of(tensor) is Place.GPU for tensor in inputs)
        previous = self.operators.ambient
        self.operators.ambient = target or (Place.GPU if on_gpu and not is_factory else Place.CPU)
        try:
            result = func(*args, **kwargs)
        finally:
            self.operators.ambient = previous
        return result if target is None else self.relocate(result, target, inputs)

    def place_named(self, device: Any) -> Place | None:
        """The place that a `device` argument names, None where the simulation leaves it to torch."""
        if isinstance(device, str | torch.device):
            kind = torch.device(device).type
            if kind in (DEVICE_TYPE, "cpu"):
                return Place.GPU if kind == DEVICE_TYPE else Place.CPU
            if kind == "cuda":
                raise self.names_cuda()
        return None

    def names_cuda(self) -> DeviceMismatch:
        return DeviceMismatch(f"asks for the device cuda by name; the inputs lie on {self.device}: use their device")

    def relocate(self, result: Any, target: Place, inputs: Sequence[torch.Tensor]) -> Any:
        """Let a result lie at `target`: new memory is said to lie there, memory of an input is copied."""
        if isinstance(result, torch.Tensor):
            with torch._C.DisableTorchFunction():
                if place_of(result) is target:
                    return result
                if any(share_storage(result, given) for given in inputs):
                    return _move(result, target)
                put_mark(result, target)
                return result
        if isinstance(result, list | tuple) and any(True for _ in tensors_in(result)):
            items = [self.relocate(item, target, inputs) for item in result]
            return items if isinstance(result, list) else tuple(items)
        return result

    def on_gpu(self, value: Any) -> bool:
        with torch._C.DisableTorchFunction():
            return isinstance(value, torch.Tensor) and place_of(value) is Place.GPU

    def place(self, tensor: torch.Tensor) -> Place:
        with torch._C.DisableTorchFunction():
            return place_of(tensor)


_MethodWrapper = type(torch.Tensor.device.__get__)


def _device(mode: CallMode, func: Any, args: Any, kwargs: Any) -> Any:
    return mode.device if mode.place(args[0]) in (Place.GPU, Place.UNKNOWN) else func(*args, **kwargs)


def _is_cpu(mode: CallMode, func: Any, args: Any, kwargs: Any) -> Any:
    return False if mode.place(args[0]) in (Place.GPU, Place.UNKNOWN) else func(*args, **kwargs)


def _get_device(mode: CallMode, func: Any, args: Any, kwargs: Any) -> Any:
    return 0 if mode.on_gpu(args[0]) else func(*args, **kwargs)


def _to(mode: CallMode, func: Any, args: Any, kwargs: Any) -> Any:
    """`x.to(device)`, `x.to(dtype)`, `x.to(other)` and all their mixtures."""
    requested: Any = kwargs.get("device", kwargs.get("other"))
    for value in args[1:]:
        if isinstance(value, str | torch.device | torch.Tensor):
            requested = value
    if isinstance(requested, torch.Tensor):
        return mode.call(func, args, kwargs, default=mode.place(requested))
    target = mode.place(args[0]) if requested is None else mode.place_named(requested)
    if target is None or target is Place.OTHER:
        return func(*args, **kwargs)
    if requested is not None:
        args = tuple(CPU_DEVICE if isinstance(value, str | torch.device) else value for value in args)
        kwargs = {**kwargs, "device": CPU_DEVICE} if "device" in kwargs else kwargs
    if target is Place.CPU and mode.on_gpu(args[0]):
        mode.operators.note_sync("copies to the CPU")
    with torch._C.DisableTorchFunction():
        return mode.relocate(func(*args, **kwargs), target, [args[0]])


def _cpu(mode: CallMode, func: Any, args: Any, kwargs: Any) -> Any:
    return _to(mode, torch.Tensor.to, (args[0], CPU_DEVICE), kwargs)


def _cuda(mode: CallMode, func: Any, args: Any, kwargs: Any) -> Any:
    raise mode.names_cuda()


def _like_first(mode: CallMode, func: Any, args: Any, kwargs: Any) -> Any:
    """New memory, made out of the operators' sight, that lies where the first argument lies."""
    return mode.call(func, args, kwargs, default=mode.place(args[0]))


def _like_second(mode: CallMode, func: Any, args: Any, kwargs: Any) -> Any:
    return mode.call(func, args, kwargs, default=mode.place(args[1] if len(args) > 1 else kwargs["other"]))


def _from_data(mode: CallMode, func: Any, args: Any, kwargs: Any) -> Any:
    """`torch.tensor(data)` stays with a tensor that it is given, and reads the values of a list of tensors."""
    if kwargs.get("device") is None and args and mode.on_gpu(args[0]):
        return mode.call(func, args, kwargs, default=Place.GPU)
    if args and not isinstance(args[0], torch.Tensor) and any(mode.on_gpu(tensor) for tensor in tensors_in(args[0])):
        mode.operators.note_sync("reads values (a tensor made of a list of tensors)")
    return mode.call(func, args, kwargs)


def _tolist(mode: CallMode, func: Any, args: Any, kwargs: Any) -> Any:
    if mode.on_gpu(args[0]):
        mode.operators.note_sync("reads values (.tolist())")
    return func(*args, **kwargs)


def _to_numpy(mode: CallMode, func: Any, args: Any, kwargs: Any) -> Any:
    if mode.on_gpu(args[0]):
        raise NotOnHost(
            f"can't convert {mode.device} device type tensor to numpy. "
            "Use Tensor.cpu() to copy the tensor to host memory first."
        )
    return func(*args, **kwargs)


def _gap(mode: CallMode, func: Any, args: Any, kwargs: Any) -> Any:
    if mode.on_gpu(args[0]):
        raise SimulationGap(f"{getattr(func, '__name__', 'this')} is not simulated")
    return func(*args, **kwargs)


_SPECIAL: dict[Any, Callable[[CallMode, Any, Any, Any], Any]] = {
    torch.Tensor.device.__get__: _device,
    torch.Tensor.is_cpu.__get__: _is_cpu,  # type: ignore[attr-defined]
    torch.Tensor.get_device: _get_device,
    torch.Tensor.to: _to,
    torch.Tensor.cpu: _cpu,
    torch.Tensor.cuda: _cuda,
    torch.Tensor.new: _like_first,
    torch.Tensor.new_tensor: _like_first,
    torch.Tensor.__deepcopy__: _like_first,
    torch.Tensor.type_as: _like_second,
    torch.tensor: _from_data,
    torch.as_tensor: _from_data,
    torch.asarray: _from_data,
    torch.Tensor.tolist: _tolist,
    torch.Tensor.numpy: _to_numpy,
    torch.Tensor.__array__: _to_numpy,
    torch.Tensor.__dlpack__: _gap,
    torch.Tensor.share_memory_: _gap,
}
