# drill: causal_attention
"""Visits one key at a time and keeps a running maximum, sum and weighted value, as flash attention does with blocks."""

import math

import torch
from torch import Tensor


def causal_attention(q: Tensor, k: Tensor, v: Tensor, key_padding: Tensor | None = None) -> Tensor:
    S, T = q.shape[-2], k.shape[-2]
    if S > T:
        raise ValueError(f"S={S} queries do not fit to the end of T={T} keys")
    work = torch.promote_types(q.dtype, torch.float32)
    scaled = q.to(work) / math.sqrt(q.shape[-1])
    position = torch.arange(T - S, T, device=q.device)  # [S]

    maximum = torch.full_like(scaled[..., 0], torch.finfo(work).min)  # [B, H, S]
    total = torch.zeros_like(maximum)
    mixed = torch.zeros(*q.shape[:-1], v.shape[-1], dtype=work, device=q.device)  # [B, H, S, Dv]
    for t in range(T):
        visible = position >= t  # [S]
        if key_padding is not None:
            visible = visible & key_padding[:, t, None, None]  # [B, 1, S]
        score = (scaled * k[:, :, t, None].to(work)).sum(-1)  # [B, H, S]
        # A shift cancels in the quotient, so the maximum needs no gradient.
        higher = torch.where(visible, torch.maximum(maximum, score), maximum).detach()
        power = torch.where(visible, score - higher, 0.0).exp() * visible
        shrink = (maximum - higher).exp()
        total = total * shrink + power
        mixed = mixed * shrink[..., None] + power[..., None] * v[:, :, t, None].to(work)
        maximum = higher
    return (mixed / total.masked_fill(total == 0, 1.0)[..., None]).to(q.dtype)
