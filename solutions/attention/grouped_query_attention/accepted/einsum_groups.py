# drill: grouped_query_attention
"""Keeps the group as an axis of its own and lets einsum contract over it, with an additive mask."""

import torch
from einops import rearrange
from torch import Tensor


def grouped_query_attention(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    H, S, Dh = q.shape[1:]
    G, T = k.shape[1:3]
    if H % G:
        raise ValueError("G does not divide H")
    if S > T:
        raise ValueError("S > T")
    grouped = rearrange(q * Dh**-0.5, "b (g r) s d -> b g r s d", g=G)
    scores = torch.einsum("bgrsd,bgtd->bgrst", grouped, k)
    mask = torch.full((S, T), float("-inf"), dtype=q.dtype, device=q.device).triu(T - S + 1)
    out = torch.einsum("bgrst,bgtd->bgrsd", torch.softmax(scores + mask, dim=-1), v)
    return rearrange(out, "b g r s d -> b (g r) s d")
