"""Work and memory of one call, counted and never timed: FLOPs, bytes allocated, operators called.

Counted by torch's older CPU profiler, which reports every operator by its name (composite ones and those of TorchScript
too) and every allocation by its size, on this thread. It starts in 0.05 ms. The newer one (Kineto) starts a thread and
writes to stderr; a dispatch mode sees neither composite names nor what a kernel allocates inside. Memory that
NumPy or Python allocates is not seen.
"""

from __future__ import annotations

import contextlib
import math
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import zip_longest
from typing import Any

import torch
from torch._C._autograd import _disable_profiler_legacy, _enable_profiler_legacy
from torch._C._profiler import ProfilerConfig, ProfilerState, _ExperimentalConfig

from grader import protocol

Shapes = Sequence[Sequence[int]]


@dataclass
class Meter:
    """What one call took. Filled when the `metered` block ends."""

    flops: int = 0
    """Of matrix products, 2 for each multiplication and addition; see `_FLOPS` and `_spread_product`."""
    peak_bytes: int = 0
    """Most bytes alive at once above what was alive at the start."""
    largest_bytes: int = 0
    """Largest single allocation."""
    total_bytes: int = 0
    """All allocations together."""
    retained_bytes: int = 0
    """Alive at the end beyond what was alive at the start: what the call keeps or returns."""
    operators: Counter[str] = field(default_factory=Counter)
    """How often each operator was called, by whatever alias: `aten::bmm`."""

    def largest_elements(self, itemsize: int) -> int:
        """How many elements of this size the largest allocation holds: "no temporary of n elements"."""
        return self.largest_bytes // itemsize

    def result(self) -> protocol.Meter:
        """Return the counts as they go over the wire, each operator named once."""
        counts = (self.flops, self.peak_bytes, self.largest_bytes, self.total_bytes, self.retained_bytes)
        return protocol.Meter(*counts, sorted(self.operators))


@contextlib.contextmanager
def metered() -> Iterator[Meter]:
    """Count what is done inside. Not to be nested."""
    meter = Meter()
    _use_up_warning()
    _enable_profiler_legacy(_configuration())
    try:
        yield meter
    finally:
        for events in _disable_profiler_legacy():
            _count(meter, events)


@cache
def _use_up_warning() -> None:
    """Torch tells stderr of the first block (and each thousandth) that is freed while it counts but is older than that.

    Let it say so once where nobody listens. The event is left out of the counts, as it should be.
    """
    older = torch.empty(1)
    try:
        stderr = os.dup(2)
    except OSError:
        return  # nobody listens anyway
    reading, writing = os.pipe()  # not /dev/null: a confined process may be unable to open it
    try:
        os.dup2(writing, 2)
        _enable_profiler_legacy(_configuration())
        del older
        _disable_profiler_legacy()
    finally:
        os.dup2(stderr, 2)
        for descriptor in (stderr, reading, writing):
            os.close(descriptor)


def _configuration() -> ProfilerConfig:
    return ProfilerConfig(
        ProfilerState.CPU,
        True,  # shapes of the inputs
        True,  # allocations
        False,  # Python stacks
        False,  # its own FLOPs, which leave out products with vectors
        False,  # modules
        _ExperimentalConfig(),
    )


def _count(meter: Meter, events: Iterable[Any]) -> None:
    live = 0
    depth = 0
    counted_at: int | None = None
    """Depth of the operator whose FLOPs are counted already: the ones that it calls are part of it."""
    for event in events:
        match event.kind():
            case "memory_alloc":
                size = event.cpu_memory_usage()
                live += size
                if size > 0:
                    meter.total_bytes += size
                    meter.largest_bytes = max(meter.largest_bytes, size)
                    meter.peak_bytes = max(meter.peak_bytes, live)
            case "push":
                depth += 1
                name = event.name()
                namespace, _, operator = name.partition("::")
                if not operator or namespace in ("autograd", "torch"):
                    continue  # a step of the autograd engine
                meter.operators[name] += 1
                rule = _FLOPS.get(operator.removesuffix("_")) if namespace == "aten" and counted_at is None else None
                if rule is not None:
                    meter.flops += _by_rule(rule, event.shapes())
                    counted_at = depth
            case "pop":
                if counted_at == depth:
                    counted_at = None
                depth -= 1
    meter.retained_bytes += live


def _by_rule(rule: Callable[[Shapes], int], shapes: Shapes) -> int:
    try:
        return rule(shapes)
    except (IndexError, ValueError):  # an overload with other arguments: not counted rather than counted wrong
        return 0


def _product(left: int, right: int) -> Callable[[Shapes], int]:
    """[..., n, k] times [..., k, m] at these places among the arguments."""

    def rule(shapes: Shapes) -> int:
        return 2 * math.prod(shapes[left]) * shapes[right][-1]

    return rule


def _times_vector(matrix: int) -> Callable[[Shapes], int]:
    return lambda shapes: 2 * math.prod(shapes[matrix])


def _linear(shapes: Shapes) -> int:
    """[..., in] and [out, in]."""
    return 2 * math.prod(shapes[0]) * (shapes[1][0] if len(shapes[1]) == 2 else 1)


def _attention(shapes: Shapes) -> int:
    query, key, value = shapes[:3]
    return 2 * math.prod(query[:-1]) * key[-2] * (query[-1] + value[-1])


def _spread_product(shapes: Shapes) -> int:
    """An elementwise product larger than both factors, as in `(x[:, None] * w).sum(-1)`: a matrix product by hand."""
    # torch.broadcast_shapes would import sympy: 0.5 s.
    pairs = zip_longest(reversed(shapes[0]), reversed(shapes[1]), fillvalue=1)
    result = math.prod(left if right == 1 else right for left, right in pairs)
    return 2 * result if result > max(math.prod(shapes[0]), math.prod(shapes[1])) else 0


_FLOPS: dict[str, Callable[[Shapes], int]] = {
    "mm": _product(0, 1),
    "bmm": _product(0, 1),
    "addmm": _product(1, 2),
    "_addmm_activation": _product(1, 2),
    "baddbmm": _product(1, 2),
    "addbmm": _product(1, 2),
    "mv": _times_vector(0),
    "addmv": _times_vector(1),
    "dot": _times_vector(0),
    "vdot": _times_vector(0),
    "addr": lambda shapes: 2 * math.prod(shapes[1]) * math.prod(shapes[2]),
    "linear": _linear,
    "_scaled_dot_product_flash_attention_for_cpu": _attention,
    "mul": _spread_product,
}
