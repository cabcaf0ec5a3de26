# drill: gqa_cache
"""Attends over the whole buffer whatever the length is and hides everything that a query may not see, so that shapes
never change from step to step (as a captured CUDA graph needs)."""

from __future__ import annotations

import torch
from torch import Tensor


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
        # Zeros, not empty: a masked weight of 0 times an uninitialised NaN would still be NaN.
        self._kv = torch.zeros(2, batch, kv_heads, max_len, head_dim, dtype=dtype, device=device)
        self._length = 0

    @property
    def length(self) -> int:
        return self._length

    @property
    def nbytes(self) -> int:
        return self._kv.nbytes

    def append(self, k: Tensor, v: Tensor) -> None:
        batch, kv_heads, max_len, head_dim = self._kv.shape[1:]
        if not (k.ndim == v.ndim == 4):
            raise ValueError("four axes expected")
        if {tuple(k.shape), tuple(v.shape)} != {(batch, kv_heads, k.shape[2], head_dim)}:
            raise ValueError("wrong shape")
        n = k.shape[2]
        if self._length + n > max_len:
            raise ValueError("full")
        slots = torch.arange(self._length, self._length + n, device=self._kv.device)
        self._kv[0].index_copy_(2, slots, k.detach())
        self._kv[1].index_copy_(2, slots, v.detach())
        self._length += n

    def attend(self, q: Tensor) -> Tensor:
        q = q.detach()
        batch, heads, n, head_dim = q.shape
        keys, values = self._kv[0], self._kv[1]
        kv_heads, max_len = keys.shape[1], keys.shape[2]
        if n > self._length:
            raise ValueError("n > length")
        if heads % kv_heads:
            raise ValueError("G does not divide H")
        share = heads // kv_heads
        slots = torch.arange(max_len, device=q.device)
        positions = torch.arange(self._length - n, self._length, device=q.device).repeat(share)  # [H/G * n]
        folded = q.reshape(batch * kv_heads, share * n, head_dim) * (head_dim**-0.5)
        scores = torch.bmm(folded, keys.flatten(0, 1).transpose(1, 2))  # [B * G, H/G * n, L]
        scores.masked_fill_(slots[None, :] > positions[:, None], float("-inf"))
        mixed = torch.bmm(scores.softmax(-1), values.flatten(0, 1))
        return mixed.view(batch, heads, n, head_dim)

    def truncate(self, length: int) -> None:
        if length < 0 or length > self._length:
            raise ValueError("outside 0..length")
        self._length = length
