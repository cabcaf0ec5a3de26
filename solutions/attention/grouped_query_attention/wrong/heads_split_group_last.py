# drill: grouped_query_attention
# /// wrong
# fails = "numerics"
# message = "The query heads are split as [H // G, G], as if heads of one group were G apart, instead of [G, H // G]."
# source = "https://github.com/ekzhang/jax-js/pull/180"
# ///
"""Shows when 1 < G < H."""

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
    q = q.reshape(B, R, G, S, Dh).transpose(1, 2).reshape(B, G, R * S, Dh)
    scores = q @ k.transpose(-2, -1) / math.sqrt(Dh)
    scores = scores.reshape(B, G, R, S, T)
    mask = torch.ones(S, T, dtype=torch.bool, device=q.device).tril(T - S)
    scores = scores.masked_fill(~mask, float("-inf"))
    weights = scores.softmax(dim=-1).reshape(B, G, R * S, T)
    return (weights @ v).reshape(B, G, R, S, Dh).transpose(1, 2).reshape(B, H, S, Dh)
