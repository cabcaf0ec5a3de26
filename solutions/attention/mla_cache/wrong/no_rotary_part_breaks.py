# drill: mla_cache
# /// wrong
# fails = "numerics"
# message = "The latent is cut out of the packed buffer as [..., :-rope_dim], which is empty when rope_dim is 0."
# ///
"""Shows when rope_dim = 0: RuntimeError."""

import math

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
        self.buffer = torch.zeros(batch, max_len, latent_dim + rope_dim, dtype=dtype, device=device)
        self.latent_dim = latent_dim
        self.rope_dim = rope_dim
        self._length = 0

    @property
    def length(self) -> int:
        return self._length

    @property
    def nbytes(self) -> int:
        return self.buffer.nbytes

    @torch.no_grad()
    def append(self, latent: Tensor, k_rope: Tensor) -> None:
        batch, max_len, _ = self.buffer.shape
        if latent.ndim != 3 or k_rope.ndim != 3:
            raise ValueError("latent and k_rope must have three axes")
        n = latent.shape[1]
        if latent.shape != (batch, n, self.latent_dim) or k_rope.shape != (batch, n, self.rope_dim):
            raise ValueError("latent or k_rope does not have the shape of the cache")
        if self._length + n > max_len:
            raise ValueError("the cache is full")
        self.buffer[:, self._length : self._length + n] = torch.cat([latent, k_rope], dim=-1)
        self._length += n

    @torch.no_grad()
    def attend(self, q_nope: Tensor, q_rope: Tensor, w_uk: Tensor, w_uv: Tensor) -> Tensor:
        n = q_nope.shape[2]
        if n > self._length:
            raise ValueError("more queries than cached positions")
        keys = self.buffer[:, : self._length]
        q = torch.cat([torch.einsum("bhnd,hdr->bhnr", q_nope, w_uk), q_rope], dim=-1)
        scores = torch.einsum("bhnk,btk->bhnt", q, keys) / math.sqrt(q_nope.shape[3] + q_rope.shape[3])
        mask = torch.ones(n, self._length, dtype=torch.bool, device=keys.device).tril(self._length - n)
        scores = scores.masked_fill(~mask, float("-inf"))
        out = torch.einsum("bhnt,btr->bhnr", scores.softmax(dim=-1), keys[..., : -self.rope_dim])
        return torch.einsum("bhnr,hvr->bhnv", out, w_uv)
