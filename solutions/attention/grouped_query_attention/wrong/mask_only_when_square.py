# drill: grouped_query_attention
# /// wrong
# fails = "causality"
# message = """The mask is applied only when S = T, so in a chunk after a cached prefix every query sees the later \
# tokens of its own chunk."""
# source = "https://github.com/mlx-node/mlx-node/pull/24"
# ///
"""Shows when 1 < S < T."""

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
    if S == T:
        mask = torch.ones(S, T, dtype=torch.bool, device=q.device).tril()
        scores = scores.masked_fill(~mask, float("-inf"))
    weights = scores.softmax(dim=-1).reshape(B, G, R * S, T)
    return (weights @ v).reshape(B, H, S, Dh)
