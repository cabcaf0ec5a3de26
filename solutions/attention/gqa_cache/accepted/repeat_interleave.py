# drill: gqa_cache
"""Repeats the cached keys and values to all query heads and then runs plain multi-head attention, with a boolean
lower-triangular mask and the softmax written out."""

from __future__ import annotations

import torch
from torch import Tensor


def stable_softmax(scores: Tensor) -> Tensor:
    shifted = scores - scores.amax(dim=-1, keepdim=True)
    exponentials = shifted.exp()
    return exponentials / exponentials.sum(dim=-1, keepdim=True)


class GQACache:
    def __init__(
        self,
        batch: int,
        kv_heads: int,
        max_len: int,
        head_dim: int,
        *,
        dtype: torch.dtype = torch.float32,
        device: torch.device | str = "cpu",
    ) -> None:
        self.k = torch.empty(batch, kv_heads, max_len, head_dim, dtype=dtype, device=device)
        self.v = torch.empty_like(self.k)
        self.used = 0

    @property
    def length(self) -> int:
        return self.used

    @property
    def nbytes(self) -> int:
        return 2 * self.k.numel() * self.k.element_size()

    def append(self, k: Tensor, v: Tensor) -> None:
        for name, tensor in (("k", k), ("v", v)):
            if tensor.dim() != 4:
                raise ValueError(f"{name} is not [B, G, n, Dh]")
            for axis in (0, 1, 3):
                if tensor.size(axis) != self.k.size(axis):
                    raise ValueError(f"axis {axis} of {name} is {tensor.size(axis)}, not {self.k.size(axis)}")
        n = k.size(2)
        if v.size(2) != n:
            raise ValueError("k and v differ in length")
        if self.used + n > self.k.size(2):
            raise ValueError("the cache is full")
        self.k.narrow(2, self.used, n).copy_(k.detach())
        self.v.narrow(2, self.used, n).copy_(v.detach())
        self.used += n

    def attend(self, q: Tensor) -> Tensor:
        n = q.size(2)
        if n > self.used:
            raise ValueError("more queries than cached positions")
        if q.size(1) % self.k.size(1):
            raise ValueError("G does not divide H")
        share = q.size(1) // self.k.size(1)
        k = self.k[:, :, : self.used].repeat_interleave(share, dim=1)
        v = self.v[:, :, : self.used].repeat_interleave(share, dim=1)
        scores = torch.matmul(q.detach(), k.mT) * q.size(-1) ** -0.5
        seen = torch.ones(n, self.used, dtype=torch.bool, device=q.device).tril(self.used - n)
        scores = torch.where(seen, scores, float("-inf"))
        return torch.matmul(stable_softmax(scores), v)

    def truncate(self, length: int) -> None:
        if length < 0 or length > self.used:
            raise ValueError("outside the cached range")
        self.used = length
