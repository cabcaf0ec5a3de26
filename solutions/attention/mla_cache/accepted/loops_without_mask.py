# drill: mla_cache
"""Loops over heads and queries and gives each query exactly the positions that it sees; the buffers are kept with
positions in front."""

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
        self._c = torch.zeros(max_len, batch, latent_dim, dtype=dtype, device=device)
        self._r = torch.zeros(max_len, batch, rope_dim, dtype=dtype, device=device)
        self._n = 0

    @property
    def length(self) -> int:
        return self._n

    @property
    def nbytes(self) -> int:
        return sum(buffer.numel() * buffer.dtype.itemsize for buffer in (self._c, self._r))

    @torch.no_grad()
    def append(self, latent: Tensor, k_rope: Tensor) -> None:
        max_len, batch, latent_dim = self._c.shape
        for tensor, width in ((latent, latent_dim), (k_rope, self._r.shape[2])):
            if tensor.dim() != 3 or tensor.size(0) != batch or tensor.size(2) != width:
                raise ValueError(f"expected [{batch}, n, {width}], got {tuple(tensor.shape)}")
        n = latent.size(1)
        if k_rope.size(1) != n:
            raise ValueError("latent and k_rope differ in length")
        if self._n + n > max_len:
            raise ValueError("no room")
        self._c[self._n : self._n + n] = latent.transpose(0, 1)
        self._r[self._n : self._n + n] = k_rope.transpose(0, 1)
        self._n += n

    @torch.no_grad()
    def attend(self, q_nope: Tensor, q_rope: Tensor, w_uk: Tensor, w_uv: Tensor) -> Tensor:
        batch, heads, n, width = q_nope.shape
        if n > self._n:
            raise ValueError(f"{n} queries on a cache of {self._n}")
        scale = (width + q_rope.shape[3]) ** -0.5
        out = torch.empty(batch, heads, n, w_uv.shape[1], dtype=q_nope.dtype, device=q_nope.device)
        for h in range(heads):
            for i in range(n):
                seen = self._n - n + i + 1
                latents = self._c[:seen].transpose(0, 1)  # [B, t, R]
                absorbed = q_nope[:, h, i] @ w_uk[h]  # [B, R]
                scores = torch.bmm(latents, absorbed[:, :, None])  # [B, t, 1]
                scores = scores + torch.bmm(self._r[:seen].transpose(0, 1), q_rope[:, h, i, :, None])
                weights = torch.softmax(scores * scale, dim=1)
                mixed = torch.bmm(weights.mT, latents)[:, 0]  # [B, R]
                out[:, h, i] = mixed @ w_uv[h].T
        return out
