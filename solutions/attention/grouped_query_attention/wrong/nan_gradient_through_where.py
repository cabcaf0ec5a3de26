# drill: grouped_query_attention
# /// wrong
# fails = "gradients"
# message = """The hidden scores are exponentiated before torch.where drops them; where they overflow, the backward \
# pass multiplies inf by 0 and the gradients are NaN."""
# ///
"""Right in its values. Shows in the gradients when a hidden score exceeds the largest visible one of its row by more
than about 88 (float32, bfloat16), 11 (float16) or 709 (float64)."""

import math

import torch
from torch import Tensor


def grouped_query_attention(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    B, H, S, Dh = q.shape
    G, T = k.shape[1], k.shape[2]
    if H % G != 0:
        raise ValueError("G does not divide H")
    if S > T:
        raise ValueError("more queries than keys")
    R = H // G
    q = q.reshape(B, G, R * S, Dh)
    scores = q @ k.transpose(-2, -1) / math.sqrt(Dh)
    scores = scores.reshape(B, G, R, S, T)
    mask = torch.ones(S, T, dtype=torch.bool, device=q.device).tril(T - S)
    top = scores.masked_fill(~mask, float("-inf")).amax(dim=-1, keepdim=True)
    weights = torch.where(mask, torch.exp(scores - top.detach()), 0.0)
    weights = (weights / weights.sum(dim=-1, keepdim=True)).reshape(B, G, R * S, T)
    return (weights @ v).reshape(B, H, S, Dh)
