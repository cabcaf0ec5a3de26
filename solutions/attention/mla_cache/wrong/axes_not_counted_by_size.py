# drill: mla_cache
# /// wrong
# fails = "contract"
# message = "The number of positions is read before the number of axes is checked, so a latent of one axis is an IndexError."
# ///
"""Shows for a latent of one axis. As axes_not_counted, but `size(1)` refuses in other words than `shape[1]`."""

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
        self.c = torch.zeros(batch, max_len, latent_dim, dtype=dtype, device=device)
        self.k_rope = torch.zeros(batch, max_len, rope_dim, dtype=dtype, device=device)
        self._length = 0

    @property
    def length(self) -> int:
        return self._length

    @property
    def nbytes(self) -> int:
        return self.c.nbytes + self.k_rope.nbytes

    @torch.no_grad()
    def append(self, latent: Tensor, k_rope: Tensor) -> None:
        batch, max_len, latent_dim = self.c.shape
        n = latent.size(1)
        if latent.shape != (batch, n, latent_dim) or k_rope.shape != (batch, n, self.k_rope.shape[2]):
            raise ValueError("latent or k_rope does not have the shape of the cache")
        if self._length + n > max_len:
            raise ValueError("the cache is full")
        self.c[:, self._length : self._length + n] = latent
        self.k_rope[:, self._length : self._length + n] = k_rope
        self._length += n

    @torch.no_grad()
    def attend(self, q_nope: Tensor, q_rope: Tensor, w_uk: Tensor, w_uv: Tensor) -> Tensor:
        n = q_nope.shape[2]
        if n > self._length:
            raise ValueError("more queries than cached positions")
        c = self.c[:, : self._length]
        k_rope = self.k_rope[:, : self._length]
        q_latent = torch.einsum("bhnd,hdr->bhnr", q_nope, w_uk)
        scores = torch.einsum("bhnr,btr->bhnt", q_latent, c) + torch.einsum("bhne,bte->bhnt", q_rope, k_rope)
        scores = scores / math.sqrt(q_nope.shape[3] + q_rope.shape[3])
        position = torch.arange(self._length, device=c.device)
        mask = position <= position[self._length - n :, None]
        scores = scores.masked_fill(~mask, float("-inf"))
        out = torch.einsum("bhnt,btr->bhnr", scores.softmax(dim=-1), c)
        return torch.einsum("bhnr,hvr->bhnv", out, w_uv)
