# drill: grouped_query_attention
# /// wrong
# fails = "numerics"
# message = "The keys and values are repeated along the sequence instead of the heads."
# source = "https://github.com/PrimeIntellect-ai/prime-rl/pull/2681"
# ///
"""Shows when G < H: with G > 1 the shapes no longer fit, with G = 1 the mask hides the wrong copies."""

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
    k = k.repeat_interleave(H // G, dim=2)
    v = v.repeat_interleave(H // G, dim=2)
    T = k.shape[2]
    scores = q @ k.transpose(-2, -1) / math.sqrt(Dh)
    mask = torch.ones(S, T, dtype=torch.bool, device=q.device).tril(T - S)
    scores = scores.masked_fill(~mask, float("-inf"))
    return scores.softmax(dim=-1) @ v
