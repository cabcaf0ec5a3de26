# drill: grouped_query_attention
# /// wrong
# fails = "causality"
# message = """The positions are numbered in the dtype of q; bfloat16 cannot tell 296 from 297, so a query sees the key after its \
# own."""
# ///
"""Shows in bfloat16 with T > 257 (in float16 only beyond 2048)."""

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
    scores = (q @ k.transpose(-2, -1) / math.sqrt(Dh)).reshape(B, G, R, S, T)
    position = torch.arange(T, dtype=q.dtype, device=q.device)
    mask = position <= position[T - S :, None]
    scores = scores.masked_fill(~mask, float("-inf"))
    weights = scores.softmax(dim=-1).reshape(B, G, R * S, T)
    return (weights @ v).reshape(B, H, S, Dh)
