# drill: causal_attention
"""Cuts the keys off behind each query instead of masking them; padding is removed by a bias, empty rows by a factor."""

import math

import torch
from torch import Tensor


def attend_one(q: Tensor, k: Tensor, v: Tensor, real: Tensor) -> Tensor:
    """q [B, H, Dh], k [B, H, n, Dh], v [B, H, n, Dv], real [B, 1, n] -> [B, H, Dv]."""
    scores = torch.einsum("bhd,bhnd->bhn", q / math.sqrt(q.shape[-1]), k)
    scores = torch.where(real, scores, torch.finfo(scores.dtype).min)
    powers = torch.exp(scores - scores.amax(-1, keepdim=True).detach()) * real
    total = powers.sum(-1, keepdim=True)
    weights = powers / torch.where(total > 0, total, 1.0)
    return torch.einsum("bhn,bhne->bhe", weights, v)


def causal_attention(q: Tensor, k: Tensor, v: Tensor, key_padding: Tensor | None = None) -> Tensor:
    S, T = q.size(2), k.size(2)
    if S > T:
        raise ValueError(f"{S} queries, but only {T} keys")
    if key_padding is None:
        key_padding = torch.ones(k.size(0), T, dtype=torch.bool, device=k.device)
    work = torch.promote_types(q.dtype, torch.float32)
    q, k, v, dtype = q.to(work), k.to(work), v.to(work), q.dtype
    rows = []
    for i in range(S):
        n = T - S + i + 1
        rows.append(attend_one(q[:, :, i], k[:, :, :n], v[:, :, :n], key_padding[:, None, :n]))
    return torch.stack(rows, dim=2).to(dtype)
