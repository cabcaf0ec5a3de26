"""A simulated GPU with real values, for a torch that knows only the CPU.

Inside `with simulated_gpu() as gpu:` the tensors of `gpu.put` say that they lie on `gpu:0`, so do all that is computed
from them or made there, and a CPU tensor that meets them is refused as CUDA refuses it. Nothing is sent anywhere:
they are CPU tensors whose storage is marked (see `placement`), so whatever torch computes on a CPU can be simulated.
A `DeviceRefusal` is the submission's mistake; a `SimulationGap` is ours, and a check that meets one is skipped.

The device's type is not "cuda" on purpose: code that names CUDA instead of its inputs' device shows.
"""

from __future__ import annotations

import contextlib
import threading
import types
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch.utils import backend_registration

from grader.candidate.device_calls import CallMode
from grader.candidate.placement import (
    DEVICE_TYPE,
    DeviceMismatch,
    DeviceRefusal,
    NotOnHost,
    OperatorMode,
    Place,
    SimulationGap,
    place_of,
    put_mark,
    tensors_in,
)

__all__ = ["DeviceMismatch", "DeviceRefusal", "NotOnHost", "SimulatedGpu", "SimulationGap", "register", "simulated_gpu"]

_GAPS = ("PrivateUse1", f"support for {DEVICE_TYPE} devices", f"torch.{DEVICE_TYPE}", f"`{DEVICE_TYPE}` backend",
         f"'{DEVICE_TYPE}' backend", f"device type: {DEVICE_TYPE}", f"device type {DEVICE_TYPE}")  # fmt: skip
"""What torch says when it looks for a real backend of this name."""


def register() -> torch.device:
    """Make `torch.device("gpu")` a name that torch knows. Takes 0.1 ms and starts nothing; may be repeated.

    Not done on import: afterwards `torch.accelerator.current_accelerator()` names this device in the whole process.
    """
    if not hasattr(torch, DEVICE_TYPE):
        backend_registration.rename_privateuse1_backend(DEVICE_TYPE)
        module = types.ModuleType(f"torch.{DEVICE_TYPE}")
        module.__dict__.update(
            is_available=lambda: False,
            is_initialized=lambda: True,
            device_count=lambda: 1,
            current_device=lambda: 0,
            synchronize=lambda device=None: None,
            manual_seed_all=lambda seed: None,
            get_amp_supported_dtype=lambda: [torch.float16, torch.bfloat16],  # torch.autocast asks for it
            _is_in_bad_fork=lambda: False,
        )
        torch._register_device_module(DEVICE_TYPE, module)  # type: ignore[no-untyped-call]
    return torch.device(DEVICE_TYPE, 0)


class SimulatedGpu:
    """The device, its tensors, and what the submission did with them. Enter it around every call, again and again."""

    def __init__(self) -> None:
        self.device = register()
        self._operators = OperatorMode()
        self._calls = CallMode(self._operators, self.device)
        self._modes = contextlib.ExitStack()
        self._depth = 0

    def __enter__(self) -> SimulatedGpu:
        if self._depth == 0:
            self._operators.host_syncs = []
            self._modes.enter_context(_no_threads())
            self._modes.enter_context(self._operators)
            self._modes.enter_context(self._calls)
        self._depth += 1
        return self

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        self._depth -= 1
        if self._depth == 0:
            self._modes.close()
        if error is not None and self.is_gap(error) and not isinstance(error, SimulationGap):
            raise SimulationGap(f"the simulated GPU cannot do this: {str(error)[:300]}") from error

    @property
    def host_syncs(self) -> list[str]:
        """Where the submission made the host wait for the GPU since the context was entered, at most 50."""
        return self._operators.host_syncs

    @staticmethod
    def is_gap(error: BaseException) -> bool:
        """Whether an exception tells of a limit of the simulation, which the submission must not pay for."""
        if isinstance(error, SimulationGap):
            return True
        of_torch = isinstance(error, RuntimeError | AttributeError | ImportError | AssertionError)
        return of_torch and not isinstance(error, DeviceRefusal) and any(sign in str(error) for sign in _GAPS)

    def put(self, tensor: torch.Tensor, requires_grad: bool | None = None) -> torch.Tensor:
        """A copy on the GPU, a leaf with the same layout (expanded and strided views included)."""
        with torch._C.DisableTorchFunction(), torch.no_grad():
            storage = tensor.untyped_storage().clone()  # type: ignore[no-untyped-call]
            moved = torch.empty(0, dtype=tensor.dtype)
            moved.set_(storage, tensor.storage_offset(), tensor.size(), tensor.stride())
            put_mark(moved, Place.GPU)
            return moved.requires_grad_(tensor.requires_grad if requires_grad is None else requires_grad)

    def take(self, value: Any) -> Any:
        """Plain CPU copies of a tensor, or of the tensors in a list, tuple or dict, wherever they lie."""
        if isinstance(value, torch.Tensor):
            with torch._C.DisableTorchFunction():
                if place_of(value) is Place.UNKNOWN:
                    raise SimulationGap("a result was made where the simulated GPU cannot see it")
                copy = value.detach().clone()
                put_mark(copy, Place.CPU)
                return copy
        if isinstance(value, list | tuple):
            items = [self.take(item) for item in value]
            return items if isinstance(value, list) else tuple(items)
        if isinstance(value, dict):
            return {key: self.take(item) for key, item in value.items()}
        return value

    def holds(self, tensor: torch.Tensor) -> bool:
        with torch._C.DisableTorchFunction():
            return place_of(tensor) is Place.GPU

    def callback(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """A function of CPU tensors as a model on the GPU: it refuses CPU tensors, and its results lie on the GPU."""

        def on_gpu(*args: Any) -> Any:
            for tensor in tensors_in(args):
                if tensor.dim() and not self.holds(tensor):
                    raise DeviceMismatch(
                        "Expected all tensors to be on the same device, but found at least two devices, "
                        f"{self.device} and cpu! (a callback got a tensor on the CPU)"
                    )
            return self._put_all(function(*self.take(args)))

        return on_gpu

    def _put_all(self, value: Any) -> Any:
        if isinstance(value, torch.Tensor):
            return self.put(value)
        if isinstance(value, list | tuple):
            items = [self._put_all(item) for item in value]
            return items if isinstance(value, list) else tuple(items)
        if isinstance(value, dict):
            return {key: self._put_all(item) for key, item in value.items()}
        return value


@contextlib.contextmanager
def _no_threads() -> Iterator[None]:
    """The modes see one thread only: what another one made would seem to lie on the CPU."""

    def refuse(thread: threading.Thread) -> None:
        raise SimulationGap("threads are not simulated")

    start = threading.Thread.start
    threading.Thread.start = refuse  # type: ignore[assignment, method-assign]
    try:
        yield
    finally:
        threading.Thread.start = start  # type: ignore[method-assign]


@contextlib.contextmanager
def simulated_gpu() -> Iterator[SimulatedGpu]:
    """A fresh simulated GPU for one `with` block."""
    with SimulatedGpu() as gpu:
        yield gpu
