# drill: grouped_query_attention
# /// wrong
# fails = "numerics"
# message = "The square root is taken of a float32 tensor, so with float64 inputs all scores are off by about 1e-8."
# ///
"""Shows in float64 only, when the root of Dh is no float32 number."""

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
    scores = (q @ k.transpose(-2, -1) / torch.tensor(float(Dh), device=q.device).sqrt()).reshape(B, G, R, S, T)
    mask = torch.ones(S, T, dtype=torch.bool, device=q.device).tril(T - S)
    scores = scores.masked_fill(~mask, float("-inf"))
    weights = scores.softmax(dim=-1).reshape(B, G, R * S, T)
    return (weights @ v).reshape(B, H, S, Dh)
