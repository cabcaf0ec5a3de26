# drill: mla_cache
"""Absorbs all queries with one bmm over the heads, then decodes query by query, so that each step is a plain decode
step without a mask."""

from __future__ import annotations

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
        self.buffers = [torch.zeros(batch, max_len, w, dtype=dtype, device=device) for w in (latent_dim, rope_dim)]
        self.filled = 0

    @property
    def length(self) -> int:
        return self.filled

    @property
    def nbytes(self) -> int:
        return sum(buffer.nbytes for buffer in self.buffers)

    def append(self, latent: Tensor, k_rope: Tensor) -> None:
        if latent.ndim != 3:
            raise ValueError("latent is not [B, n, R]")
        n = latent.shape[1]
        for buffer, new in zip(self.buffers, (latent, k_rope), strict=True):
            if tuple(new.shape) != (buffer.shape[0], n, buffer.shape[2]):
                raise ValueError(f"{tuple(new.shape)} does not fit {tuple(buffer.shape)}")
            if self.filled + n > buffer.shape[1]:
                raise ValueError("the cache is full")
        for buffer, new in zip(self.buffers, (latent, k_rope), strict=True):
            buffer.narrow(1, self.filled, n).copy_(new.detach())
        self.filled += n

    @torch.no_grad()
    def attend(self, q_nope: Tensor, q_rope: Tensor, w_uk: Tensor, w_uv: Tensor) -> Tensor:
        batch, heads, n, head_width = q_nope.shape
        if self.filled < n:
            raise ValueError("not enough positions")
        scale = 1 / math.sqrt(head_width + q_rope.shape[3])
        by_head = q_nope.transpose(0, 1).reshape(heads, batch * n, head_width)
        absorbed = torch.bmm(by_head, w_uk).reshape(heads, batch, n, -1).transpose(0, 1)  # [B, H, n, R]
        mixed = []
        for i in range(n):
            latents, rope_keys = (buffer[:, : self.filled - n + i + 1] for buffer in self.buffers)
            scores = torch.bmm(absorbed[:, :, i], latents.mT) + torch.bmm(q_rope[:, :, i], rope_keys.mT)  # [B, H, t]
            mixed.append(torch.bmm(torch.softmax(scores * scale, dim=-1), latents))  # [B, H, R]
        return torch.matmul(torch.stack(mixed, dim=2), w_uv.transpose(1, 2))
