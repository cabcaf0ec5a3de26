# drill: mla_attention
"""Runs over the positions as a decoder does and keeps only the latents; keys and values are expanded anew in every
step from the latents so far, so causality needs no mask."""

import torch
from torch import Tensor


def mla_attention(
    x: Tensor, w_q: Tensor, w_dkv: Tensor, w_uk: Tensor, w_uv: Tensor, w_o: Tensor, n_heads: int
) -> Tensor:
    if w_q.size(0) % n_heads or w_uk.size(0) % n_heads or w_uv.size(0) % n_heads:
        raise ValueError("rows that n_heads does not divide")
    cache: list[Tensor] = []
    outputs = []
    for token in x.unbind(1):  # [B, D]
        cache.append(token @ w_dkv.mT)
        latents = torch.stack(cache, dim=1)  # [B, t, R]
        q = (token @ w_q.mT).unflatten(1, (n_heads, -1))[:, :, None]  # [B, H, 1, Dh]
        k = (latents @ w_uk.mT).unflatten(2, (n_heads, -1)).permute(0, 2, 3, 1)  # [B, H, Dh, t]
        v = (latents @ w_uv.mT).unflatten(2, (n_heads, -1)).permute(0, 2, 1, 3)  # [B, H, t, Dv]
        weights = torch.softmax(q @ k / q.shape[-1] ** 0.5, dim=-1)
        outputs.append((weights @ v).flatten(1) @ w_o.mT)
    return torch.stack(outputs, dim=1)
