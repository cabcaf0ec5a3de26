# drill: grouped_query_attention
# /// wrong
# fails = "finiteness"
# message = """The softmax is written as exp(s) / sum(exp(s)) without subtracting the row maximum, so it overflows to \
# NaN."""
# source = "https://github.com/pytorch/executorch/pull/18407"
# ///
"""Shows when scores exceed about 88 in float32 and bfloat16, 11 in float16 or 709 in float64."""

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
    scores = scores.masked_fill(~mask, float("-inf"))
    weights = scores.exp()
    weights = (weights / weights.sum(dim=-1, keepdim=True)).reshape(B, G, R * S, T)
    return (weights @ v).reshape(B, H, S, Dh)
