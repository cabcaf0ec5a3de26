"""Python values to wire values and back: the only place where tensors become bytes.

Tensors cross as dtype, shape and raw bytes and are rebuilt as plain `torch.Tensor`s, so no subclass, no lazy object and
no overridden method of a submission ever reaches a comparison.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Mapping
from typing import Any

import torch

from grader import protocol as p

DTYPES = {
    str(dtype).removeprefix("torch."): dtype
    for dtype in (
        torch.float64, torch.float32, torch.bfloat16, torch.float16, torch.int64, torch.int32, torch.int16,
        torch.int8, torch.uint8, torch.bool, torch.complex64, torch.complex128,
    )
}  # fmt: skip
DTYPE_NAMES = {dtype: name for name, dtype in DTYPES.items()}
MAX_DEPTH = 32
MAX_ITEMS = 100_000
MAX_TEXT = 20_000
MAX_INT_BITS = 4096
MAX_NUMEL = 1 << 26

# Bound at import: a submission that rebinds methods of torch.Tensor confuses itself, not the encoding.
_detach, _contiguous = torch.Tensor.detach, torch.Tensor.contiguous


class Unmarshallable(ValueError):
    """A wire value that does not describe what it claims to."""


class Encoder:
    """Collects the payload of one frame while it turns values into wire values."""

    def __init__(
        self,
        keep_object: Callable[[Any], p.Value] | None = None,
        keep_callback: Callable[[Callable[..., Any]], int] | None = None,
    ) -> None:
        self.payload: list[bytes] = []
        self._size = 0
        self._items = 0
        self._keep_object = keep_object
        self._keep_callback = keep_callback

    def encode(self, value: Any, depth: int = 0) -> p.Value:
        """The wire value. What cannot cross becomes an object name (if allowed) or an OpaqueValue."""
        self._items += 1
        if depth > MAX_DEPTH or self._items > MAX_ITEMS:
            return p.OpaqueValue("a structure too deep or too large to send")
        if value is None or type(value) is bool:
            return value
        if type(value) is int:
            return encode_int(value)
        if isinstance(value, float):
            return float(value)
        if type(value) is str:
            return clean_text(value)
        if isinstance(value, torch.Tensor):
            return self._tensor(value)
        if isinstance(value, (list, tuple)):
            items = [self.encode(item, depth + 1) for item in list(value)[: MAX_ITEMS + 1]]
            return p.SequenceValue("list" if isinstance(value, list) else "tuple", items)
        if isinstance(value, dict):
            pairs = list(value.items())[: MAX_ITEMS + 1]
            return p.MappingValue(
                [self.encode(key, depth + 1) for key, _ in pairs], [self.encode(item, depth + 1) for _, item in pairs]
            )
        if isinstance(value, torch.dtype):
            return p.DtypeValue(str(value).removeprefix("torch."))
        if isinstance(value, torch.device):
            return p.DeviceValue(str(value))
        if isinstance(value, p.GeneratorValue | p.ObjectValue | p.DeviceValue):
            return value
        if self._keep_callback is not None and callable(value):
            return p.CallbackValue(self._keep_callback(value))
        if self._keep_object is not None and depth == 0:
            return self._keep_object(value)
        return p.OpaqueValue(f"an object of type {clean_text(type(value).__name__, 100)}")

    def _tensor(self, tensor: torch.Tensor) -> p.Value:
        if type(tensor) not in (torch.Tensor, torch.nn.Parameter):
            return p.OpaqueValue(f"a tensor subclass {clean_text(type(tensor).__name__, 100)}, not a plain tensor")
        requires_grad, device = bool(tensor.requires_grad), str(tensor.device)
        if tensor.layout != torch.strided:
            return p.OpaqueValue(f"a tensor of layout {tensor.layout}, not a dense one")
        if device == "meta":
            return p.OpaqueValue("a tensor on the meta device, which holds no values")
        if tensor.dtype not in DTYPE_NAMES:
            return p.OpaqueValue(f"a tensor of dtype {tensor.dtype}")
        if tensor.numel() > MAX_NUMEL:
            return p.OpaqueValue(f"a tensor of {tensor.numel()} elements, too large to send")
        shape, stride = tuple(tensor.shape), None
        if device != "cpu" or tensor.is_conj() or tensor.is_neg():
            tensor = _detach(tensor).cpu().resolve_conj().resolve_neg()
        if not tensor.is_contiguous():
            if self._keep_callback is not None:
                # Inputs keep their layout on the way to the candidate; results come back contiguous.
                stride = tuple(tensor.stride())
                span = 1 + sum((n - 1) * step for n, step in zip(shape, stride, strict=True)) if tensor.numel() else 0
                tensor = _detach(tensor).as_strided((span,), (1,))
            else:
                tensor = _contiguous(_detach(tensor))
        raw = ctypes.string_at(tensor.data_ptr(), tensor.numel() * tensor.itemsize) if tensor.numel() else b""
        start = self._size
        self.payload.append(raw)
        self._size += len(raw)
        return p.TensorValue(DTYPE_NAMES[tensor.dtype], shape, start, len(raw), stride, requires_grad, device)


class Decoder:
    """Rebuilds values from wire values and the payload of one frame."""

    def __init__(
        self,
        payload: bytearray,
        find_object: Callable[[p.ObjectValue], Any] | None = None,
        make_callback: Callable[[int], Any] | None = None,
    ) -> None:
        self._payload = payload
        self._find_object = find_object
        self._make_callback = make_callback

    def decode(self, value: p.Value) -> Any:
        """The Python value. Raises Unmarshallable for a wire value that lies about itself."""
        match value:
            case p.TensorValue():
                return self._tensor(value)
            case p.SequenceValue(kind=kind, items=items):
                decoded = [self.decode(item) for item in items]
                return decoded if kind == "list" else tuple(decoded)
            case p.MappingValue(keys=keys, values=values):
                return self._mapping(keys, values)
            case p.BigInt(digits=digits):
                return decode_int(digits)
            case p.DtypeValue(name=name):
                return DTYPES.get(name, value)
            case p.DeviceValue(name=name):
                return torch.device(name) if self._make_callback is not None else value
            case p.GeneratorValue(seed=seed):
                return torch.Generator().manual_seed(seed)
            case p.CallbackValue(identity=identity) if self._make_callback is not None:
                return self._make_callback(identity)
            case p.ObjectValue() if self._find_object is not None:
                return self._find_object(value)
            case _:
                return value

    def decode_all(self, values: Mapping[str, p.Value]) -> dict[str, Any]:
        return {name: self.decode(value) for name, value in values.items()}

    def _mapping(self, keys: list[p.Value], values: list[p.Value]) -> Any:
        if len(keys) != len(values):
            raise Unmarshallable("a mapping with more keys than values")
        decoded = [self.decode(key) for key in keys]
        if not all(isinstance(key, str | int | float | bool | None) for key in decoded):
            return p.OpaqueValue("a dict whose keys are neither text nor numbers")
        return dict(zip(decoded, (self.decode(item) for item in values), strict=True))

    def _tensor(self, value: p.TensorValue) -> torch.Tensor:
        dtype = DTYPES.get(value.dtype)
        if dtype is None or len(value.shape) > 16 or any(size < 0 for size in value.shape):
            raise Unmarshallable(f"a tensor of dtype {value.dtype!r} and shape {value.shape}")
        if value.start < 0 or value.num_bytes < 0 or value.start + value.num_bytes > len(self._payload):
            raise Unmarshallable("a tensor that lies outside its payload")
        count, remainder = divmod(value.num_bytes, dtype.itemsize)
        if remainder:
            raise Unmarshallable("a tensor of broken length")
        raw = self._payload[value.start : value.start + value.num_bytes]
        if raw:
            flat = torch.frombuffer(raw, dtype=torch.uint8 if dtype is torch.bool else dtype)
        else:
            flat = torch.empty(0, dtype=dtype)
        if dtype is torch.bool:
            flat = flat != 0  # a byte of 7 is no bool
        numel = 1
        for size in value.shape:
            numel *= size
        if value.stride is None:
            if numel != count:
                raise Unmarshallable("a tensor whose bytes are not those of its shape")
            tensor = flat.reshape(value.shape)
        else:
            tensor = flat.as_strided(value.shape, value.stride)
        return tensor.requires_grad_() if value.requires_grad and tensor.is_floating_point() else tensor


def encode_int(value: int) -> p.Value:
    if -(1 << 63) <= value < 1 << 63:
        return value
    if value.bit_length() > MAX_INT_BITS:
        return p.OpaqueValue(f"an int of {value.bit_length()} bits")
    return p.BigInt(hex(value))


def decode_int(digits: str) -> int:
    if len(digits) > MAX_INT_BITS // 4 + 3:
        raise Unmarshallable("an int too long")
    try:
        return int(digits, 16)
    except ValueError as error:
        raise Unmarshallable("an int that is none") from error


def clean_text(text: str, limit: int = MAX_TEXT) -> str:
    """Text that any UTF-8 writer takes: lone surrogates replaced, length capped."""
    return str(text)[:limit].encode("utf-8", "replace").decode("utf-8")
