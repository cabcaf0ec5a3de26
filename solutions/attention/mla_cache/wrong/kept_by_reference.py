# drill: mla_cache
# /// wrong
# fails = "contract"
# message = """The chunks are kept in a list by reference, so whoever reuses the tensors that were appended changes \
# the cache."""
# ///
"""Shows when latent or k_rope is overwritten after the append."""

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
        self.shape = (batch, max_len, latent_dim, rope_dim)
        self.dtype = dtype
        self.chunks: list[tuple[Tensor, Tensor]] = []
        self._length = 0

    @property
    def length(self) -> int:
        return self._length

    @property
    def nbytes(self) -> int:
        return self.shape[0] * self.shape[1] * (self.shape[2] + self.shape[3]) * self.dtype.itemsize

    @torch.no_grad()
    def append(self, latent: Tensor, k_rope: Tensor) -> None:
        batch, max_len, latent_dim, rope_dim = self.shape
        if latent.ndim != 3 or k_rope.ndim != 3:
            raise ValueError("latent and k_rope must have three axes")
        n = latent.shape[1]
        if latent.shape != (batch, n, latent_dim) or k_rope.shape != (batch, n, rope_dim):
            raise ValueError("latent or k_rope does not have the shape of the cache")
        if self._length + n > max_len:
            raise ValueError("the cache is full")
        self.chunks.append((latent, k_rope))
        self._length += n

    @torch.no_grad()
    def attend(self, q_nope: Tensor, q_rope: Tensor, w_uk: Tensor, w_uv: Tensor) -> Tensor:
        n = q_nope.shape[2]
        if n > self._length:
            raise ValueError("more queries than cached positions")
        c = torch.cat([latent for latent, _ in self.chunks], dim=1)
        k_rope = torch.cat([k_rope for _, k_rope in self.chunks], dim=1)
        q_latent = torch.einsum("bhnd,hdr->bhnr", q_nope, w_uk)
        scores = torch.einsum("bhnr,btr->bhnt", q_latent, c) + torch.einsum("bhne,bte->bhnt", q_rope, k_rope)
        scores = scores / math.sqrt(q_nope.shape[3] + q_rope.shape[3])
        mask = torch.ones(n, self._length, dtype=torch.bool, device=c.device).tril(self._length - n)
        scores = scores.masked_fill(~mask, float("-inf"))
        out = torch.einsum("bhnt,btr->bhnr", scores.softmax(dim=-1), c)
        return torch.einsum("bhnr,hvr->bhnv", out, w_uv)
