# drill: gqa_cache
"""Reads the cache in blocks of keys with a running maximum and a running denominator, as flash decoding does, so the
scores of all cached positions never exist at once."""

from __future__ import annotations

import torch
from torch import Tensor

BLOCK = 5


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
        self._k = torch.empty((batch, kv_heads, max_len, head_dim), dtype=dtype, device=device)
        self._v = torch.empty((batch, kv_heads, max_len, head_dim), dtype=dtype, device=device)
        self._end = 0

    @property
    def length(self) -> int:
        return self._end

    @property
    def nbytes(self) -> int:
        batch, kv_heads, max_len, head_dim = self._k.shape
        return 2 * batch * kv_heads * max_len * head_dim * self._k.dtype.itemsize

    @torch.no_grad()
    def append(self, k: Tensor, v: Tensor) -> None:
        batch, kv_heads, max_len, head_dim = self._k.shape
        if k.ndim != 4 or v.ndim != 4:
            raise ValueError("k and v must have four axes")
        n = k.shape[2]
        if k.shape != (batch, kv_heads, n, head_dim) or v.shape != (batch, kv_heads, n, head_dim):
            raise ValueError("k and v do not fit the cache")
        if self._end + n > max_len:
            raise ValueError("the cache would overflow")
        self._k[:, :, self._end : self._end + n].copy_(k)
        self._v[:, :, self._end : self._end + n].copy_(v)
        self._end += n

    @torch.no_grad()
    def attend(self, q: Tensor) -> Tensor:
        batch, heads, n, head_dim = q.shape
        kv_heads, end = self._k.shape[1], self._end
        if n > end:
            raise ValueError(f"{n} > {end}")
        if heads % kv_heads != 0:
            raise ValueError(f"{heads} % {kv_heads}")
        working = torch.promote_types(q.dtype, torch.float32)
        folded = q.to(working).unflatten(1, (kv_heads, -1)) / head_dim**0.5  # [B, G, H/G, n, Dh]
        folded = folded.flatten(2, 3)  # [B, G, H/G * n, Dh]
        position = torch.arange(end - n, end, device=q.device).repeat(heads // kv_heads)

        rows = folded.shape[:3]
        top = torch.full(rows, float("-inf"), dtype=working, device=q.device)
        total = torch.zeros(rows, dtype=working, device=q.device)
        mixed = torch.zeros_like(folded)
        # Position 0 is visible to every query, so the running maximum is finite from the first block on.
        for start in range(0, end, BLOCK):
            stop = min(start + BLOCK, end)
            scores = folded @ self._k[:, :, start:stop].to(working).transpose(2, 3)
            future = torch.arange(start, stop, device=q.device) > position[:, None]
            scores = scores.masked_fill(future, float("-inf"))
            new_top = torch.maximum(top, scores.amax(-1))
            weights = torch.exp(scores - new_top[..., None])
            decay = torch.exp(top - new_top)
            total = total * decay + weights.sum(-1)
            mixed = mixed * decay[..., None] + weights @ self._v[:, :, start:stop].to(working)
            top = new_top
        return (mixed / total[..., None]).reshape(batch, heads, n, head_dim).to(q.dtype)

    def truncate(self, length: int) -> None:
        if length < 0 or self._end < length:
            raise ValueError("length must lie in 0..length")
        self._end = length
