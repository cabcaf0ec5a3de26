"""Where a tensor lies and what may meet: the memory of the simulated GPU and CUDA's rules about two devices.

Every tensor of the simulation is an ordinary CPU tensor, so that every operator, view, alias and gradient is the real
one. What is simulated is the place: a storage on the simulated GPU carries a mark, which its views share and which dies
with it. An operator's new storages lie where its inputs lie. This module knows operators (what torch dispatches, in
backward passes too); `simulated_gpu` knows the calls that people write.
"""

from __future__ import annotations

import enum
import linecache
import os
import sys
import types
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

DEVICE_TYPE = "gpu"
CPU_DEVICE = torch.device("cpu")
MAX_HOST_SYNCS = 50

_MARK = "_simulated_place"
_PACKAGES = os.path.dirname(os.path.dirname(os.path.abspath(torch.__file__))) + os.sep
_GRADER = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_GO_BETWEENS = ("placement.py", "device_calls.py", "simulated_gpu.py", "forbidden.py", "meter.py")
"""Our files that stand on the stack between a submission and torch."""


class SimulationGap(Exception):
    """The simulation cannot do this for reasons of its own: the check is skipped, never failed."""


class DeviceRefusal(Exception):
    """What a real GPU refuses, too: the submission's mistake."""


class DeviceMismatch(DeviceRefusal, RuntimeError):
    """Tensors of two devices meet, or another device than the inputs' is asked for."""


class NotOnHost(DeviceRefusal, TypeError):
    """NumPy is given a tensor that lies on the GPU."""


class Place(enum.Enum):
    """Where a storage lies."""

    CPU = "cpu"
    GPU = DEVICE_TYPE
    OTHER = "other"
    """A real device that the simulation leaves alone, such as meta."""
    UNKNOWN = "unknown"
    """Made out of sight, by TorchScript for instance: it may meet anything, and nobody pays for where it lies."""


def place_of(tensor: torch.Tensor) -> Place:
    """Call with torch functions disabled, or a mode sees the look-up."""
    try:
        storage = tensor.untyped_storage()
    except (NotImplementedError, RuntimeError):
        inner = _unwrapped(tensor)
        return Place.UNKNOWN if inner is None else place_of(inner)
    mark: Place | None = getattr(storage, _MARK, None)
    if mark is not None:
        return mark
    return Place.CPU if tensor.is_cpu else Place.OTHER


def put_mark(tensor: torch.Tensor, place: Place) -> None:
    """Say where the tensor's storage lies, and with it all its views."""
    try:
        storage = tensor.untyped_storage()
    except (NotImplementedError, RuntimeError):
        inner = _unwrapped(tensor)
        if inner is not None:
            put_mark(inner, place)
        return
    setattr(storage, _MARK, place)


def share_storage(left: torch.Tensor, right: torch.Tensor) -> bool:
    try:
        return left.untyped_storage() is right.untyped_storage()
    except (NotImplementedError, RuntimeError):
        return left is right


def _unwrapped(tensor: torch.Tensor) -> torch.Tensor | None:
    """The tensor inside a wrapper of vmap or torch.func.grad; None for a tensor that has no storage at all (sparse)."""
    if torch._C._functorch.is_functorch_wrapped_tensor(tensor):
        return torch._C._functorch.get_unwrapped(tensor)
    return None


def tensors_in(value: Any) -> Iterator[torch.Tensor]:
    """Every tensor in arguments or results, lists, tuples and dicts included."""
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, list | tuple):
        for item in value:
            yield from tensors_in(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from tensors_in(item)


_FREE = {"aten::copy_", "aten::_to_copy", "aten::_foreach_copy_", "aten::result_type", "aten::can_cast"}
"""Operators whose tensors may lie on two devices: they copy, or read no values."""

_INDEXING = {"aten::index", "aten::_unsafe_index", "aten::index_put", "aten::index_put_", "aten::_index_put_impl_",
             "aten::_unsafe_index_put"}  # fmt: skip
"""CUDA tensors take indices that lie on the CPU."""

_NO_CPU_SCALARS = {"aten::cat", "aten::stack", "aten::index_select", "aten::gather", "aten::scatter", "aten::scatter_",
                   "aten::scatter_add", "aten::scatter_add_", "aten::index_add", "aten::index_add_", "aten::index_copy",
                   "aten::index_copy_", "aten::embedding"}  # fmt: skip
"""Operators that refuse even a CPU tensor without dimensions; the elementwise ones take it as a number."""

_SYNCS = {
    "aten::_local_scalar_dense": "reads a value (.item(), bool(), int() or float())",
    "aten::nonzero": "waits for the number of non-zero elements",
    "aten::masked_select": "waits for the number of selected elements",
    "aten::equal": "compares on the host (torch.equal)",
    "aten::_unique2": "waits for the number of unique elements",
    "aten::unique_dim": "waits for the number of unique elements",
    "aten::unique_consecutive": "waits for the number of unique elements",
    "aten::bincount": "waits for the largest element (bincount)",
    "aten::repeat_interleave": "waits for the sum of the repeats",
}


def meeting_place(func: Any, args: Sequence[Any], kwargs: Mapping[str, Any], tensors: Sequence[torch.Tensor]) -> Place:
    """Where the result of an operator lies. DeviceMismatch where CUDA refuses to run it on these tensors."""
    places = [place_of(tensor) for tensor in tensors]
    if Place.GPU not in places:
        return Place.UNKNOWN if Place.UNKNOWN in places else Place.CPU if Place.CPU in places else Place.OTHER
    name = func._schema.name
    if Place.CPU not in places or name in _FREE:
        return places[0] if name in _FREE else Place.GPU
    if name in _INDEXING:
        _check_indexing(name, args)
        return places[0]
    written = _written(func, args, kwargs)
    for tensor, place in zip(tensors, places, strict=True):
        is_number = tensor.dim() == 0 and name not in _NO_CPU_SCALARS and not any(tensor is other for other in written)
        if place is Place.CPU and not is_number:
            raise DeviceMismatch(
                "Expected all tensors to be on the same device, but found at least two devices, "
                f"{DEVICE_TYPE}:0 and cpu! ({name.removeprefix('aten::')} got a CPU tensor, shape {list(tensor.shape)})"
            )
    return Place.GPU


def _check_indexing(name: str, args: Sequence[Any]) -> None:
    owner = place_of(args[0])
    if owner is Place.CPU and any(place_of(index) is Place.GPU for index in tensors_in(args[1])):
        raise DeviceMismatch("indices should be either on cpu or on the same device as the indexed tensor (cpu)")
    for value in tensors_in(args[2:]):
        if value.dim() and {owner, place_of(value)} == {Place.CPU, Place.GPU}:
            raise DeviceMismatch(
                "Expected all tensors to be on the same device, but found at least two devices, "
                f"{DEVICE_TYPE}:0 and cpu! (in an assignment to indexed elements)"
            )


def _written(func: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> list[torch.Tensor]:
    """The tensors that the operator changes. On the CPU they take no values of a GPU, not even without dimensions."""
    found: list[torch.Tensor] = []
    for index, argument in enumerate(func._schema.arguments):
        if argument.alias_info is not None and argument.alias_info.is_write:
            found.extend(tensors_in(args[index] if index < len(args) else kwargs.get(argument.name)))
    return found


class OperatorMode(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Sees every operator below autograd, whoever calls it: checks what meets, and marks what comes out."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.ambient: Place | None = None
        """Where the call in progress makes tensors out of nothing; None while no call is in sight."""
        self.host_syncs: list[str] = []

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # or the first operator imports torch._dynamo and sympy: 1.3 s

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        with torch._C.DisableTorchFunction():
            tensors = list(tensors_in((args, kwargs)))
            device = kwargs.get("device")
            if device is not None and device.type == DEVICE_TYPE:  # named where no call is in sight: in a backward pass
                kwargs = {**kwargs, "device": CPU_DEVICE}
                place = Place.GPU
            elif device is not None and device.type != "cpu":
                return func(*args, **kwargs)
            elif tensors:
                place = meeting_place(func, args, kwargs, tensors)
            else:
                place = self.ambient or Place.UNKNOWN
            result = func(*args, **kwargs)
            self._mark(result, place, tensors)
            self._note_operator(func, args, tensors)
            return result

    def _mark(self, result: Any, place: Place, inputs: Sequence[torch.Tensor]) -> None:
        if place not in (Place.GPU, Place.UNKNOWN):
            return
        for tensor in tensors_in(result):
            if place_of(tensor) is Place.CPU and not any(share_storage(tensor, given) for given in inputs):
                put_mark(tensor, place)

    def _note_operator(self, func: Any, args: Sequence[Any], tensors: Sequence[torch.Tensor]) -> None:
        name = func._schema.name
        what = _SYNCS.get(name)
        if what is None and name in _INDEXING and len(args) > 1:
            is_mask = any(index.dtype in (torch.bool, torch.uint8) for index in tensors_in(args[1]))
            is_masked_fill = any(value.dim() == 0 for value in tensors_in(args[2:]))
            what = "waits for the number of True elements (a mask as index)" if is_mask and not is_masked_fill else None
        if what is None and name == "aten::copy_" and place_of(args[0]) is Place.CPU:
            what = "copies to the CPU"
        if what is not None and any(place_of(tensor) is Place.GPU for tensor in tensors):
            self.note_sync(what)

    def note_sync(self, what: str) -> None:
        """Remember that the submission made the host wait for the GPU, and where."""
        where = _submission_line()
        if where is not None and len(self.host_syncs) < MAX_HOST_SYNCS:
            self.host_syncs.append(f"{where}: {what}")


def _submission_line() -> str | None:
    """The line of the innermost frame outside of installed packages. None if the grader itself is at work."""
    frame: types.FrameType | None = sys._getframe(2)
    while frame is not None:
        file = frame.f_code.co_filename
        if file.startswith(_GRADER):
            if os.path.basename(file) not in _GO_BETWEENS:
                return None
        elif not file.startswith(_PACKAGES):
            text = linecache.getline(file, frame.f_lineno).strip()[:100]
            return f"line {frame.f_lineno}: {text}" if text else f"line {frame.f_lineno}"
        frame = frame.f_back
    return None
