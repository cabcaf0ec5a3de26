# drill: grouped_query_attention
# /// wrong
# fails = "efficiency"
# message = """A matmul that broadcasts the keys over a group axis looks free, but it copies them for every head of \
# the group."""
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
    R = H // G
    q = q.reshape(B, G, R, S, Dh)
    scores = q @ k[:, :, None].transpose(-2, -1) / math.sqrt(Dh)
    mask = torch.ones(S, T, dtype=torch.bool, device=q.device).tril(T - S)
    scores = scores.masked_fill(~mask, float("-inf"))
    return (scores.softmax(dim=-1) @ v[:, :, None]).reshape(B, H, S, Dh)
