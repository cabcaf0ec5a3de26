# drill: gqa_cache
"""Two buffers are allocated once and one integer says how much of them is valid, so append writes a slice, attend
reads a slice and truncate only moves the integer. The H // G query heads that share a key/value head are folded into
its query axis, so the cached keys and values are never repeated."""

import math

import torch
from torch import Tensor

LEDGER = {
    "key_buffer": "[B, G, L, Dh]",
    "nbytes": "2 * B * G * L * Dh * e",
    "scores": "[B, H, n, T]",
    "bytes_per_token": "2 * G * Dh * e",
    "saving": "H // G",
}


class GQACache:
    """A preallocated key/value cache for grouped-query attention."""

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
        shape = (batch, kv_heads, max_len, head_dim)
        self._keys = torch.zeros(shape, dtype=dtype, device=device)
        self._values = torch.zeros(shape, dtype=dtype, device=device)
        self._length = 0

    @property
    def length(self) -> int:
        return self._length

    @property
    def nbytes(self) -> int:
        return self._keys.nbytes + self._values.nbytes

    @torch.no_grad()
    def append(self, k: Tensor, v: Tensor) -> None:
        batch, kv_heads, max_len, head_dim = self._keys.shape
        # Every check comes before the first write: a call that raises must leave the cache as it was.
        if k.ndim != 4 or (k.shape[0], k.shape[1], k.shape[3]) != (batch, kv_heads, head_dim):
            raise ValueError(f"keys must be [{batch}, {kv_heads}, n, {head_dim}], not {list(k.shape)}")
        if v.shape != k.shape:
            raise ValueError(f"values {list(v.shape)} differ in shape from keys {list(k.shape)}")
        end = self._length + k.shape[2]
        if end > max_len:
            raise ValueError(f"no room: {end} positions asked for, {max_len} allocated")

        self._keys[:, :, self._length : end] = k
        self._values[:, :, self._length : end] = v
        self._length = end

    @torch.no_grad()
    def attend(self, q: Tensor) -> Tensor:
        batch, heads, n, head_dim = q.shape
        kv_heads = self._keys.shape[1]
        length = self._length
        if n > length:
            raise ValueError(f"{n} queries, but only {length} positions are cached")
        if heads % kv_heads != 0:
            raise ValueError(f"{kv_heads} key/value heads do not divide {heads} query heads")
        group = heads // kv_heads

        keys = self._keys[:, :, :length]  # [B, G, T, Dh]
        values = self._values[:, :, :length]  # [B, G, T, Dh]

        # Heads of one group are neighbours, so a reshape folds them into the query axis.
        folded = q.reshape(batch, kv_heads, group * n, head_dim)  # [B, G, H/G * n, Dh]
        scores = folded @ keys.transpose(-2, -1) / math.sqrt(head_dim)  # [B, G, H/G * n, T]
        scores = scores.reshape(batch, kv_heads, group, n, length)  # [B, G, H/G, n, T]

        # The queries are those of the LAST n positions, so row i stands at length - n + i.
        key_position = torch.arange(length, device=q.device)  # [T]
        query_position = key_position[length - n :]  # [n]
        hidden = key_position > query_position[:, None]  # [n, T]
        weights = scores.masked_fill(hidden, float("-inf")).softmax(dim=-1)  # [B, G, H/G, n, T]

        mixed = weights.reshape(batch, kv_heads, group * n, length) @ values  # [B, G, H/G * n, Dh]
        return mixed.reshape(batch, heads, n, head_dim)  # [B, H, n, Dh]

    def truncate(self, length: int) -> None:
        if not 0 <= length <= self._length:
            raise ValueError(f"cannot truncate to {length}, {self._length} positions are cached")
        # Nothing is erased: positions from here on are never read, and the next append overwrites them.
        self._length = length
