# drill: causal_attention
"""Fills with -inf, but opens rows that see nothing first, so that their softmax is finite, and zeroes their output."""

import torch
from torch import Tensor


def causal_attention(q: Tensor, k: Tensor, v: Tensor, key_padding: Tensor | None = None) -> Tensor:
    B, _, S, Dh = q.shape
    T = k.size(2)
    if T < S:
        raise ValueError("S must not exceed T")
    dtype = q.dtype
    work = torch.float64 if dtype == torch.float64 else torch.float32
    q, k, v = q.to(work), k.to(work), v.to(work)

    hidden = torch.ones(S, T, dtype=torch.bool, device=q.device).triu(T - S + 1).expand(B, 1, S, T)
    if key_padding is not None:
        hidden = hidden | key_padding.logical_not().view(B, 1, 1, T)
    empty = hidden.all(dim=-1, keepdim=True)  # [B, 1, S, 1]

    scores = torch.einsum("bhsd,bhtd->bhst", q * Dh**-0.5, k)
    scores = scores.masked_fill(hidden & ~empty, float("-inf"))
    result = torch.einsum("bhst,bhte->bhse", torch.softmax(scores, dim=-1), v)
    return result.masked_fill(empty, 0.0).to(dtype)
