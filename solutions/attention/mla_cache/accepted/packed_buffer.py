# drill: mla_cache
"""One buffer holds latent and rotary key side by side. The absorbed query and the rotary query are packed in the same
order, so that one matmul gives the scores, as in multi-query attention with keys of R + Dr lanes."""

from __future__ import annotations

import torch
from torch import Tensor


class MLACache:
    def __init__(
        self,
        batch: int,
        max_len: int,
        latent_dim: int,
        rope_dim: int,
        *,
        dtype: torch.dtype = torch.float32,
        device: torch.device | str = "cpu",
    ) -> None:
        self.packed = torch.empty(batch, max_len, latent_dim + rope_dim, dtype=dtype, device=device)
        self.latent_dim = latent_dim
        self._length = 0

    @property
    def length(self) -> int:
        return self._length

    @property
    def nbytes(self) -> int:
        return self.packed.numel() * self.packed.element_size()

    def append(self, latent: Tensor, k_rope: Tensor) -> None:
        batch, max_len, lanes = self.packed.shape
        if latent.ndim != 3 or k_rope.ndim != 3:
            raise ValueError("three axes expected")
        n = latent.shape[1]
        if latent.shape != (batch, n, self.latent_dim) or k_rope.shape != (batch, n, lanes - self.latent_dim):
            raise ValueError("the shapes do not fit the cache")
        if n > max_len - self._length:
            raise ValueError("the cache is full")
        self.packed[:, self._length : self._length + n] = torch.cat([latent, k_rope], dim=-1).detach()
        self._length += n

    def attend(self, q_nope: Tensor, q_rope: Tensor, w_uk: Tensor, w_uv: Tensor) -> Tensor:
        H, n, Dh = q_nope.shape[1:]
        if n > self._length:
            raise ValueError("more queries than positions")
        with torch.no_grad():
            keys = self.packed[:, : self._length]  # [B, T, R + Dr]
            queries = torch.cat([torch.matmul(q_nope, w_uk), q_rope], dim=-1)  # [B, H, n, R + Dr]
            scores = queries.flatten(1, 2) @ keys.mT / (Dh + q_rope.shape[-1]) ** 0.5  # [B, H * n, T]
            mask = torch.full((n, self._length), float("-inf"), dtype=keys.dtype, device=keys.device)
            scores = scores + mask.triu(self._length - n + 1).repeat(H, 1)
            mixed = torch.softmax(scores, dim=-1) @ keys[..., : self.latent_dim]  # [B, H * n, R]
            return torch.matmul(mixed.unflatten(1, (H, n)), w_uv.mT)
