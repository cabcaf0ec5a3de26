# drill: grouped_query_attention
# /// wrong
# fails = "causality"
# message = "Hidden keys get the score -1e4 instead of -inf, so they win as soon as the real scores are about that low."
# source = "https://github.com/hyunwoongko/transformer/issues/10"
# ///
"""Shows when S >= 2 and the scores that a query may see are near -1e4 (allowed in float64, float32 and bfloat16)."""

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
    scores = scores.masked_fill(~mask, -1e4)
    weights = scores.softmax(dim=-1).reshape(B, G, R * S, T)
    return (weights @ v).reshape(B, H, S, Dh)
