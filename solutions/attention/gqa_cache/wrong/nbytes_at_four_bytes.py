# drill: gqa_cache
# /// wrong
# fails = "numerics"
# message = "nbytes counts 4 bytes for every element, whatever the dtype of the cache."
# ///
"""Shows when the dtype is not float32."""
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
        self.k = torch.zeros(batch, kv_heads, max_len, head_dim, dtype=dtype, device=device)
        self.v = torch.zeros(batch, kv_heads, max_len, head_dim, dtype=dtype, device=device)
        self._length = 0

    @property
    def length(self) -> int:
        return self._length

    @property
    def nbytes(self) -> int:
        return 4 * (self.k.numel() + self.v.numel())

    @torch.no_grad()
    def append(self, k: Tensor, v: Tensor) -> None:
        batch, kv_heads, max_len, head_dim = self.k.shape
        if k.ndim != 4 or v.ndim != 4:
            raise ValueError("k and v must be [B, G, n, Dh]")
        n = k.shape[2]
        if k.shape != (batch, kv_heads, n, head_dim) or v.shape != (batch, kv_heads, n, head_dim):
            raise ValueError("k or v does not have the shape of the cache")
        if self._length + n > max_len:
            raise ValueError("the cache is full")
        self.k[:, :, self._length : self._length + n] = k
        self.v[:, :, self._length : self._length + n] = v
        self._length += n

    @torch.no_grad()
    def attend(self, q: Tensor) -> Tensor:
        n_heads, n, head_dim = q.shape[1], q.shape[2], q.shape[3]
        kv_heads = self.k.shape[1]
        if n > self._length:
            raise ValueError("more queries than cached positions")
        if n_heads % kv_heads != 0:
            raise ValueError("the key/value heads do not divide the query heads")
        k = self.k[:, :, : self._length].repeat_interleave(n_heads // kv_heads, dim=1)
        v = self.v[:, :, : self._length].repeat_interleave(n_heads // kv_heads, dim=1)
        scores = q @ k.transpose(-2, -1) / math.sqrt(head_dim)  # [B, H, n, T]
        position = torch.arange(self._length, device=q.device)
        own = position[self._length - n :, None]
        mask = (position <= own)
        scores = scores.masked_fill(~mask, float("-inf"))
        return scores.softmax(dim=-1) @ v  # [B, H, n, Dh]

    def truncate(self, length: int) -> None:
        if length < 0 or length > self._length:
            raise ValueError("length is outside the cached range")
        self._length = length
