"""The seeded source of inputs of one check. Every check draws from its own stream of the grade's secret seed."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from typing import TypeVar

import torch

from grader.protocol import GeneratorValue

DTYPES = (torch.float64, torch.float32, torch.bfloat16, torch.float16)
HALF_DTYPES = (torch.bfloat16, torch.float16)

Item = TypeVar("Item")
Whole = int  # inside Draw the names int and float are its methods
Real = float


class Draw:
    """Tensors and sizes for one check.

    Args:
        seed: The grade's seed.
        name: The check, so that checks do not share a stream.
    """

    def __init__(self, seed: int, name: str) -> None:
        digest = hashlib.blake2b(f"{seed}/{name}".encode(), digest_size=8).digest()
        number = int.from_bytes(digest, "big") >> 1
        self._torch = torch.Generator().manual_seed(number)
        self._python = random.Random(number)

    def normal(
        self, *shape: int, dtype: torch.dtype = torch.float32, scale: float = 1.0, mean: float = 0.0,
        requires_grad: bool = False,
    ) -> torch.Tensor:  # fmt: skip
        """Normal entries, drawn in float64 and cast, so one seed gives the same values in every dtype."""
        values = torch.randn(shape, generator=self._torch, dtype=torch.float64) * scale + mean
        return values.to(dtype).requires_grad_(requires_grad)

    def uniform(
        self, *shape: int, low: float = 0.0, high: float = 1.0, dtype: torch.dtype = torch.float32
    ) -> torch.Tensor:
        values = torch.rand(shape, generator=self._torch, dtype=torch.float64) * (high - low) + low
        return values.to(dtype)

    def integers(self, *shape: int, low: int = 0, high: int = 10) -> torch.Tensor:
        """int64 entries in low .. high - 1."""
        return torch.randint(low, high, shape, generator=self._torch)

    def mask(self, *shape: int, share: float = 0.5) -> torch.Tensor:
        """Bools, True with this probability."""
        return torch.rand(shape, generator=self._torch, dtype=torch.float64) < share

    def permutation(self, size: int) -> torch.Tensor:
        return torch.randperm(size, generator=self._torch)

    def int(self, low: Whole, high: Whole) -> Whole:
        """One int in low .. high, both included."""
        return self._python.randint(low, high)

    def float(self, low: Real, high: Real) -> Real:
        return self._python.uniform(low, high)

    def choice(self, items: Sequence[Item]) -> Item:
        return self._python.choice(items)

    def distinct(self, count: Whole, low: Whole, high: Whole) -> list[Whole]:
        """Distinct ints in low .. high, in random order: sizes that cannot be mixed up."""
        return self._python.sample(range(low, high + 1), count)

    def generator(self) -> GeneratorValue:
        """A torch.Generator argument; each subject gets its own, in the same state."""
        return GeneratorValue(self._python.getrandbits(31))

    def non_contiguous(self, tensor: torch.Tensor) -> torch.Tensor:
        """The same values in another memory layout: transposed where there are two dimensions, else strided."""
        requires_grad, tensor = tensor.requires_grad, tensor.detach()
        if tensor.dim() >= 2:
            view = tensor.transpose(-1, -2).contiguous().transpose(-1, -2)
        else:
            view = torch.stack((tensor, tensor), dim=-1)[..., 0]
        return view.requires_grad_(requires_grad)
