# drill: multi_query_attention
# /// wrong
# fails = "numerics"
# message = """The shared keys and values are repeated along the sequence and then cut into heads, so a head reads a \
# piece of the sequence over and over."""
# source = "https://github.com/PrimeIntellect-ai/prime-rl/pull/2681"
# ///
"""Shows when n_heads >= 2 and S >= 2."""

import math

import torch
from torch import Tensor


def multi_query_attention(x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor, w_o: Tensor, n_heads: int) -> Tensor:
    B, S, D = x.shape
    if D % n_heads != 0:
        raise ValueError("n_heads does not divide D")
    if w_k.shape[0] != D // n_heads:
        raise ValueError("w_k does not have D / n_heads rows")
    Dh = D // n_heads
    q = (x @ w_q.T).reshape(B, S, n_heads, Dh).transpose(1, 2)
    k = (x @ w_k.T).repeat_interleave(n_heads, dim=1).reshape(B, n_heads, S, Dh)
    v = (x @ w_v.T).repeat_interleave(n_heads, dim=1).reshape(B, n_heads, S, Dh)
    scores = q @ k.transpose(-2, -1) / math.sqrt(Dh)
    mask = torch.ones(S, S, dtype=torch.bool, device=x.device).tril()
    scores = scores.masked_fill(~mask, float("-inf"))
    weights = scores.softmax(dim=-1)
    out = (weights @ v).transpose(1, 2).reshape(B, S, D)
    return out @ w_o.T
