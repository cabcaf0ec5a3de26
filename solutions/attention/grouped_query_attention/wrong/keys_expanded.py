# drill: grouped_query_attention
# /// wrong
# fails = "efficiency"
# message = """The keys and values are repeated to all query heads, so a decode step copies H // G times the cache \
# that it has to read."""
# source = "https://github.com/AI-Hypercomputer/jetstream-pytorch/pull/171"
# ///
"""Right in its values. Shows in the largest temporary with S = 1 and G < H."""

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
    k = k.repeat_interleave(H // G, dim=1)
    v = v.repeat_interleave(H // G, dim=1)
    scores = q @ k.transpose(-2, -1) / math.sqrt(Dh)
    mask = torch.ones(S, T, dtype=torch.bool, device=q.device).tril(T - S)
    scores = scores.masked_fill(~mask, float("-inf"))
    return scores.softmax(dim=-1) @ v
