# drill: mla_cache
# /// wrong
# fails = "contract"
# message = "The attention itself is left to scaled_dot_product_attention, which this drill forbids."
# ///
"""Right in its values; shows when the calls are watched."""

import math

import torch
import torch.nn.functional as F
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
        mask = torch.ones(n, self._length, dtype=torch.bool, device=keys.device).tril(self._length - n)
        scale = 1 / math.sqrt(q_nope.shape[3] + q_rope.shape[3])
        keys = keys[:, None].expand(-1, q.shape[1], -1, -1)
        out = F.scaled_dot_product_attention(q, keys, keys[..., : self.latent_dim], attn_mask=mask, scale=scale)
        return torch.einsum("bhnr,hvr->bhnv", out, w_uv)
