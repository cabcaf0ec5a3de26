# drill: grouped_query_attention
# /// wrong
# fails = "causality"
# message = "There is no causal mask, so every query sees all keys."
# ///
"""Shows when S >= 2."""

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
    weights = scores.softmax(dim=-1).reshape(B, G, R * S, T)
    return (weights @ v).reshape(B, H, S, Dh)
