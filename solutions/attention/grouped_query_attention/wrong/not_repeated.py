# drill: grouped_query_attention
# /// wrong
# fails = "numerics"
# message = """The key/value heads are not matched to the query heads at all, which broadcasting allows only for G = \
# 1 and G = H."""
# source = "https://github.com/state-spaces/mamba/pull/462"
# ///
"""Shows when 1 < G < H: RuntimeError."""

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
    scores = q @ k.transpose(-2, -1) / math.sqrt(Dh)
    mask = torch.ones(S, T, dtype=torch.bool, device=q.device).tril(T - S)
    scores = scores.masked_fill(~mask, float("-inf"))
    return scores.softmax(dim=-1) @ v
