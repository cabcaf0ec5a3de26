# drill: multi_head_attention
# /// wrong
# fails = "numerics"
# message = """The lanes are reshaped to [B, H, S, Dh] directly, which cuts the sequence into pieces instead of the \
# lanes."""
# source = "https://github.com/reczoo/FuxiCTR/issues/30"
# ///
"""Shows when n_heads >= 2 and S >= 2."""

import math

import torch
from torch import Tensor


def multi_head_attention(x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor, w_o: Tensor, n_heads: int) -> Tensor:
    B, S, D = x.shape
    if D % n_heads != 0:
        raise ValueError("n_heads does not divide D")
    Dh = D // n_heads
    q = (x @ w_q.T).reshape(B, n_heads, S, Dh)
    k = (x @ w_k.T).reshape(B, n_heads, S, Dh)
    v = (x @ w_v.T).reshape(B, n_heads, S, Dh)
    scores = q @ k.transpose(-2, -1) / math.sqrt(Dh)
    mask = torch.ones(S, S, dtype=torch.bool, device=x.device).tril()
    scores = scores.masked_fill(~mask, float("-inf"))
    weights = scores.softmax(dim=-1)
    out = (weights @ v).reshape(B, S, D)
    return out @ w_o.T
