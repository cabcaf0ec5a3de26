# drill: gqa_cache
"""One buffer [2, L, B, G, Dh] with the positions in front, read by einsum over an explicit group axis, and an additive
float mask; half precision is computed in float32."""

from __future__ import annotations

import torch
from einops import rearrange
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
        self._buffer = torch.zeros(2, max_len, batch, kv_heads, head_dim, dtype=dtype, device=device)
        self._filled = 0

    @property
    def length(self) -> int:
        return self._filled

    @property
    def nbytes(self) -> int:
        return self._buffer.numel() * self._buffer.element_size()

    def append(self, k: Tensor, v: Tensor) -> None:
        _, max_len, batch, kv_heads, head_dim = self._buffer.shape
        if k.ndim != 4 or v.ndim != 4:
            raise ValueError("k and v are [B, G, n, Dh]")
        wanted = (batch, kv_heads, k.shape[2], head_dim)
        if tuple(k.shape) != wanted or tuple(v.shape) != wanted:
            raise ValueError(f"k and v must both be {wanted}")
        stop = self._filled + k.shape[2]
        if stop > max_len:
            raise ValueError(f"{stop} positions do not fit into {max_len}")
        with torch.no_grad():
            self._buffer[0, self._filled : stop] = rearrange(k, "b g n d -> n b g d")
            self._buffer[1, self._filled : stop] = rearrange(v, "b g n d -> n b g d")
        self._filled = stop

    def attend(self, q: Tensor) -> Tensor:
        total, n = self._filled, q.shape[2]
        kv_heads = self._buffer.shape[3]
        if n > total:
            raise ValueError(f"{n} queries for {total} positions")
        if q.shape[1] % kv_heads != 0:
            raise ValueError("the query heads are not a multiple of the key/value heads")
        working = torch.float64 if q.dtype == torch.float64 else torch.float32
        with torch.no_grad():
            k, v = self._buffer[:, :total].to(working)
            grouped = rearrange(q.to(working), "b (g r) n d -> b g r n d", g=kv_heads)
            mask = torch.full((n, total), float("-inf"), dtype=working, device=q.device).triu(total - n + 1)
            scores = torch.einsum("bgrnd,tbgd->bgrnt", grouped, k) / q.shape[3] ** 0.5 + mask
            out = torch.einsum("bgrnt,tbgd->bgrnd", scores.softmax(-1), v)
            return rearrange(out, "b g r n d -> b (g r) n d").to(q.dtype)

    def truncate(self, length: int) -> None:
        if length not in range(self._filled + 1):
            raise ValueError(f"{length} is outside 0..{self._filled}")
        self._filled = length
