# drill: mla_cache
"""Reads the latents in blocks with a running maximum and denominator (flash decoding), in float32 for half
precision."""

from __future__ import annotations

import torch
from einops import einsum
from torch import Tensor

BLOCK = 6


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
        self._latent = torch.zeros(batch, max_len, latent_dim, dtype=dtype, device=device)
        self._rope = torch.zeros(batch, max_len, rope_dim, dtype=dtype, device=device)
        self._end = 0

    @property
    def length(self) -> int:
        return self._end

    @property
    def nbytes(self) -> int:
        batch, max_len, latent_dim = self._latent.shape
        return batch * max_len * (latent_dim + self._rope.shape[-1]) * self._latent.element_size()

    @torch.no_grad()
    def append(self, latent: Tensor, k_rope: Tensor) -> None:
        batch, max_len, latent_dim = self._latent.shape
        if latent.ndim != 3 or k_rope.ndim != 3 or latent.shape[1] != k_rope.shape[1]:
            raise ValueError("latent and k_rope must be [B, n, ...] with one n")
        if latent.shape[::2] != (batch, latent_dim) or k_rope.shape[::2] != (batch, self._rope.shape[2]):
            raise ValueError("latent or k_rope does not fit the buffers")
        stop = self._end + latent.shape[1]
        if stop > max_len:
            raise ValueError("too long")
        self._latent[:, self._end : stop].copy_(latent)
        self._rope[:, self._end : stop].copy_(k_rope)
        self._end = stop

    @torch.no_grad()
    def attend(self, q_nope: Tensor, q_rope: Tensor, w_uk: Tensor, w_uv: Tensor) -> Tensor:
        n, dtype = q_nope.shape[2], q_nope.dtype
        if n > self._end:
            raise ValueError("n > length")
        wide = torch.float64 if dtype == torch.float64 else torch.float32
        scale = (q_nope.shape[3] + q_rope.shape[3]) ** -0.5
        absorbed = einsum(q_nope.to(wide), w_uk.to(wide), "b h n d, h d r -> b h n r") * scale
        rotary = q_rope.to(wide) * scale
        position = torch.arange(self._end - n, self._end, device=q_nope.device)[:, None]

        top = torch.full((*absorbed.shape[:3], 1), float("-inf"), dtype=wide, device=q_nope.device)
        total = torch.zeros_like(top)
        mixed = torch.zeros_like(absorbed)
        # Position 0 is visible to every query, so the running maximum is finite from the first block on.
        for start in range(0, self._end, BLOCK):
            stop = min(start + BLOCK, self._end)
            latents = self._latent[:, start:stop].to(wide)
            scores = einsum(absorbed, latents, "b h n r, b t r -> b h n t")
            scores = scores + einsum(rotary, self._rope[:, start:stop].to(wide), "b h n e, b t e -> b h n t")
            future = torch.arange(start, stop, device=q_nope.device) > position
            scores = scores.masked_fill(future, float("-inf"))
            new_top = torch.maximum(top, scores.amax(dim=-1, keepdim=True))
            weights = torch.exp(scores - new_top)
            decay = torch.exp(top - new_top)
            total = total * decay + weights.sum(dim=-1, keepdim=True)
            mixed = mixed * decay + einsum(weights, latents, "b h n t, b t r -> b h n r")
            top = new_top
        return einsum(mixed / total, w_uv.to(wide), "b h n r, h v r -> b h n v").to(dtype)
