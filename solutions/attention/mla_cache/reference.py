# drill: mla_cache
"""q . (W_uk c) = (W_uk^T q) . c, so the up-projection is applied to the few queries instead of the many cached
positions, and attention runs on the latents as if they were one key/value head. W_uv is applied last, to the mixed
latents, because the weighted sum of W_uv c is W_uv times the weighted sum."""

import math

import torch
from torch import Tensor

LEDGER = {
    "nbytes": "B * L * (R + Dr) * e",
    "absorbed_query": "[B, H, n, R]",
    "scores": "[B, H, n, T]",
    "mixed_latents": "[B, H, n, R]",
    "expanded_elements": "B * H * T * (Dh + Dv)",
}


class MLACache:
    """The latent cache of multi-head latent attention, read with absorbed up-projections."""

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
        self._latents = torch.zeros((batch, max_len, latent_dim), dtype=dtype, device=device)
        self._rope_keys = torch.zeros((batch, max_len, rope_dim), dtype=dtype, device=device)
        self._length = 0

    @property
    def length(self) -> int:
        return self._length

    @property
    def nbytes(self) -> int:
        return self._latents.nbytes + self._rope_keys.nbytes

    @torch.no_grad()
    def append(self, latent: Tensor, k_rope: Tensor) -> None:
        batch, max_len, latent_dim = self._latents.shape
        rope_dim = self._rope_keys.shape[2]
        # Every check comes before the first write: a call that raises must leave the cache as it was.
        if latent.ndim != 3 or (latent.shape[0], latent.shape[2]) != (batch, latent_dim):
            raise ValueError(f"latents must be [{batch}, n, {latent_dim}], not {list(latent.shape)}")
        if k_rope.shape != (batch, latent.shape[1], rope_dim):
            raise ValueError(f"rotary keys {list(k_rope.shape)} do not fit {list(latent.shape)} and width {rope_dim}")
        end = self._length + latent.shape[1]
        if end > max_len:
            raise ValueError(f"no room: {end} positions asked for, {max_len} allocated")

        self._latents[:, self._length : end] = latent
        self._rope_keys[:, self._length : end] = k_rope
        self._length = end

    @torch.no_grad()
    def attend(self, q_nope: Tensor, q_rope: Tensor, w_uk: Tensor, w_uv: Tensor) -> Tensor:
        n, length = q_nope.shape[2], self._length
        if n > length:
            raise ValueError(f"{n} queries, but only {length} positions are cached")
        # An absorbed query may leave the range of float16, so half precision is computed in float32.
        wide = torch.promote_types(q_nope.dtype, torch.float32)
        latents = self._latents[:, :length].to(wide)  # [B, T, R]
        rope_keys = self._rope_keys[:, :length].to(wide)  # [B, T, Dr]

        absorbed = torch.einsum("bhnd,hdr->bhnr", q_nope.to(wide), w_uk.to(wide))  # [B, H, n, R]
        scores = torch.einsum("bhnr,btr->bhnt", absorbed, latents)  # [B, H, n, T]
        scores = scores + torch.einsum("bhne,bte->bhnt", q_rope.to(wide), rope_keys)
        # The scale belongs to the keys that are never built, Dh + Dr wide, not to the latents.
        scores = scores / math.sqrt(q_nope.shape[3] + q_rope.shape[3])

        # The queries are those of the LAST n positions, so row i stands at length - n + i.
        key_position = torch.arange(length, device=q_nope.device)  # [T]
        query_position = key_position[length - n :]  # [n]
        hidden = key_position > query_position[:, None]  # [n, T]
        weights = scores.masked_fill(hidden, float("-inf")).softmax(dim=-1)  # [B, H, n, T]

        mixed = torch.einsum("bhnt,btr->bhnr", weights, latents)  # [B, H, n, R]
        return torch.einsum("bhnr,hvr->bhnv", mixed, w_uv.to(wide)).to(q_nope.dtype)  # [B, H, n, Dv]
