# drill: grouped_query_attention
# /// wrong
# fails = "gradients"
# message = "The attention weights are computed under no_grad to save memory, so q and k get no gradient."
# ///
"""Right in its values. Shows in the gradients of q and k when a query sees at least two keys."""

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
    with torch.no_grad():
        scores = q @ k.transpose(-2, -1) / math.sqrt(Dh)
        scores = scores.reshape(B, G, R, S, T)
        mask = torch.ones(S, T, dtype=torch.bool, device=q.device).tril(T - S)
        scores = scores.masked_fill(~mask, float("-inf"))
        weights = scores.softmax(dim=-1).reshape(B, G, R * S, T)
    return (weights @ v).reshape(B, H, S, Dh)
