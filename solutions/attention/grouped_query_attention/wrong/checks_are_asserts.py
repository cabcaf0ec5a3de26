# drill: grouped_query_attention
# /// wrong
# fails = "contract"
# message = "The arguments are checked by assert, which raises AssertionError, and nothing at all under python -O."
# ///
"""Shows when G does not divide H or S > T."""

import math

import torch
from torch import Tensor


def grouped_query_attention(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    B, H, S, Dh = q.shape
    G, T = k.shape[1], k.shape[2]
    assert H % G == 0, "G does not divide H"
    assert S <= T, "more queries than keys"
    R = H // G
    q = q.reshape(B, G, R * S, Dh)
    scores = q @ k.transpose(-2, -1) / math.sqrt(Dh)
    scores = scores.reshape(B, G, R, S, T)
    mask = torch.ones(S, T, dtype=torch.bool, device=q.device).tril(T - S)
    scores = scores.masked_fill(~mask, float("-inf"))
    weights = scores.softmax(dim=-1).reshape(B, G, R * S, T)
    return (weights @ v).reshape(B, H, S, Dh)
