# drill: gqa_cache
"""Loops over heads and queries and gives each query exactly the slice of keys that it may see, so there is no mask."""

from __future__ import annotations

import math

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
        # One pair of buffers per key/value head.
        self.heads = [
            (
                torch.zeros(batch, max_len, head_dim, dtype=dtype, device=device),
                torch.zeros(batch, max_len, head_dim, dtype=dtype, device=device),
            )
            for _ in range(kv_heads)
        ]
        self.shape = (batch, kv_heads, max_len, head_dim)
        self.n_cached = 0

    @property
    def length(self) -> int:
        return self.n_cached

    @property
    def nbytes(self) -> int:
        return sum(keys.nbytes + values.nbytes for keys, values in self.heads)

    @torch.no_grad()
    def append(self, k: Tensor, v: Tensor) -> None:
        batch, kv_heads, max_len, head_dim = self.shape
        if len(k.shape) != 4 or k.shape != v.shape or k.shape != (batch, kv_heads, k.shape[2], head_dim):
            raise ValueError(f"unexpected shapes {tuple(k.shape)} and {tuple(v.shape)}")
        n = k.shape[2]
        if n > max_len - self.n_cached:
            raise ValueError("no room left")
        for head, (keys, values) in enumerate(self.heads):
            keys[:, self.n_cached : self.n_cached + n] = k[:, head]
            values[:, self.n_cached : self.n_cached + n] = v[:, head]
        self.n_cached += n

    @torch.no_grad()
    def attend(self, q: Tensor) -> Tensor:
        _, n_heads, n, head_dim = q.shape
        kv_heads = len(self.heads)
        if n > self.n_cached or n_heads % kv_heads:
            raise ValueError("too many queries, or heads that cannot be grouped")
        out = torch.empty(q.shape, dtype=q.dtype, device=q.device)
        for head in range(n_heads):
            keys, values = self.heads[head // (n_heads // kv_heads)]
            for i in range(n):
                last = self.n_cached - n + i
                query = q[:, head, i] / math.sqrt(head_dim)  # [B, Dh]
                scores = torch.bmm(keys[:, : last + 1], query[:, :, None])[:, :, 0]  # [B, last + 1]
                weights = torch.softmax(scores, dim=1)
                out[:, head, i] = torch.bmm(weights[:, None], values[:, : last + 1])[:, 0]
        return out

    def truncate(self, length: int) -> None:
        if not (0 <= length <= self.n_cached):
            raise ValueError("no such length")
        self.n_cached = length
