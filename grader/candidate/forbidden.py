"""Forbidden framework calls, seen when they are made, under whatever name.

A function mode sees every call that Python makes into torch: the functions of `F`, their builtin twins, torch.ops
packets and overloads. Classes, and functions that torch hides from modes, report from wrappers put in their place while
the recorder is active. What runs inside TorchScript shows only among the operators of a metered call, which
`forbidden_operators` searches. Looking a name up, importing it or mentioning it is no call.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase
from typing import Any

import torch
from torch._ops import HigherOrderOperator, OpOverload, OpOverloadPacket
from torch.overrides import TorchFunctionMode

SAME_KERNELS: dict[str, tuple[str, ...]] = {
    "torch.nn.functional.scaled_dot_product_attention": (
        "scaled_dot_product_attention", "_scaled_dot_product_*", "_flash_attention_forward*",
        "_efficient_attention_forward*", "_cudnn_attention_forward*", "_triton_scaled_dot_attention",
    ),
    "torch.nn.functional.multi_head_attention_forward": (
        "multi_head_attention_forward", "_native_multi_head_attention", "_triton_multi_head_attention",
    ),
    "torch.nn.MultiheadAttention": ("_native_multi_head_attention", "_triton_multi_head_attention"),
    "torch.nn.TransformerEncoderLayer": ("_transformer_encoder_layer_fwd",),
    "torch.nn.attention.flex_attention.flex_attention": ("flex_attention", "flex_attention_backward"),
    "torch.nn.functional.rms_norm": ("rms_norm", "_fused_rms_norm"),
}  # fmt: skip
"""A forbidden name -> the torch functions and aten operators that are the same. Of other names the last part counts."""

_HIDDEN_FROM_MODES = "torch.nn.attention.flex_attention.flex_attention"
_MAX_KNOWN = 10_000


def forbidden_operators(names: Iterable[str], operators: Iterable[str]) -> list[str]:
    """The forbidden names whose kernels are among the operators of a metered call, each with the operator."""
    kernels = [(operator, operator.removeprefix("aten::")) for operator in operators if operator.startswith("aten::")]
    return [f"{name}, as {operator}" for name in names for operator, kernel in kernels if _is_kernel_of(name, kernel)]


@functools.lru_cache(maxsize=4096)
def _is_kernel_of(name: str, kernel: str) -> bool:
    return any(fnmatchcase(kernel, pattern) for pattern in SAME_KERNELS.get(name, (name.rpartition(".")[2],)))


def _kernel_and_alias(func: Any) -> tuple[str, str]:
    """How a torch function or operator is known, and how people write it. Empty for what is not torch's own."""
    if isinstance(func, OpOverload | OpOverloadPacket):
        qualified = func._schema.name if isinstance(func, OpOverload) else func._qualified_op_name
        namespace, _, kernel = qualified.partition("::")
        return (kernel, f"torch.ops.{func}") if namespace == "aten" else ("", "")
    name = str(getattr(func, "__name__", ""))
    if isinstance(func, HigherOrderOperator):
        return name, f"torch.ops.higher_order.{name}"
    module = str(getattr(func, "__module__", None) or "")
    if getattr(func, "__objclass__", None) is torch._C.TensorBase:
        module = "torch.Tensor"
    if module != "torch" and not module.startswith("torch."):
        return "", ""
    module = "torch.nn.functional" if module == "torch._C._nn" else module
    return name, f"{module}.{name}"


def _resolve(name: str) -> tuple[Any, str, Any]:
    """The owner, the attribute and the thing that a dotted name means. ValueError: there is no such thing in torch."""
    path, owner, found = name.split("."), None, torch
    if path[0] != "torch" or len(path) == 1:
        raise ValueError(f"{name!r} is not a dotted name below torch")
    for depth, part in enumerate(path[1:], 2):
        owner = found
        if not hasattr(owner, part):
            try:
                importlib.import_module(".".join(path[:depth]))
            except ImportError as error:
                raise ValueError(f"there is no {name!r}") from error
        found = getattr(owner, part)
    return owner, path[-1], found


class ForbiddenRecorder(TorchFunctionMode):
    """Notes the forbidden calls made inside `with recorder:`. May be entered again and again; `seen` adds up."""

    def __init__(self, names: Iterable[str]) -> None:
        super().__init__()
        self.names = tuple(names)
        self.seen: list[str] = []
        """The forbidden names that were called, each with the alias used if that is another one, in order."""
        self._known: dict[Any, list[str]] = {}
        self._depth = 0
        self._wrappers: list[tuple[Any, str, Any, Any]] = []
        for name in self.names:
            self._prepare(name)

    def __enter__(self) -> ForbiddenRecorder:
        if self._depth == 0:
            for owner, attribute, _, wrapper in self._wrappers:
                setattr(owner, attribute, wrapper)
            super().__enter__()  # type: ignore[no-untyped-call]
        self._depth += 1
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        self._depth -= 1
        if self._depth == 0:
            super().__exit__(kind, error, trace)  # type: ignore[no-untyped-call]
            for owner, attribute, original, _ in self._wrappers:
                setattr(owner, attribute, original)

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        notes = self._known.get(func)
        if notes is None:
            notes = self._classify(func)
        for note in notes:
            self._note(note)
        return func(*args, **(kwargs or {}))

    def _classify(self, func: Any) -> list[str]:
        kernel, alias = _kernel_and_alias(func)
        names = [name for name in self.names if kernel and _is_kernel_of(name, kernel)]
        notes = [name if alias == name else f"{name}, as {alias}" for name in names]
        if len(self._known) < _MAX_KNOWN:
            self._known[func] = notes
        return notes

    def _note(self, note: str) -> None:
        if note not in self.seen:
            self.seen.append(note)

    def _prepare(self, name: str) -> None:
        owner, attribute, found = _resolve(name)
        if isinstance(found, type):
            for method in ("__init__", "forward"):
                if method in vars(found):
                    original = vars(found)[method]
                    self._wrappers.append((found, method, original, self._reporting(name, original)))
        elif name == _HIDDEN_FROM_MODES:
            self._wrappers.append((owner, attribute, found, self._reporting(name, found)))

    def _reporting(self, name: str, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def reporting(*args: Any, **kwargs: Any) -> Any:
            if self._depth:  # a submission may have kept the wrapper beyond the block
                self._note(name)
            return original(*args, **kwargs)

        return reporting
