# drill: gqa_cache
# /// wrong
# fails = "contract"
# message = "The number of positions is read before the number of axes is checked, so keys of two axes are an IndexError."
# ///
"""Shows for k and v of two axes. As axes_not_counted, but `size(2)` refuses in other words than `shape[2]`."""

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
        return self.k.nbytes + self.v.nbytes

    @torch.no_grad()
    def append(self, k: Tensor, v: Tensor) -> None:
        batch, kv_heads, max_len, head_dim = self.k.shape
        n = k.size(2)
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
        mask = position <= position[self._length - n :, None]
        scores = scores.masked_fill(~mask, float("-inf"))
        return scores.softmax(dim=-1) @ v  # [B, H, n, Dh]

    def truncate(self, length: int) -> None:
        if length < 0 or length > self._length:
            raise ValueError("length is outside the cached range")
        self._length = length
