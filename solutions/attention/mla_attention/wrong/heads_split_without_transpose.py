# drill: mla_attention
# /// wrong
# fails = "numerics"
# message = """The expanded lanes are reshaped to [B, H, S, Dh] directly, which cuts the sequence into pieces instead \
# of the lanes."""
# source = "https://github.com/reczoo/FuxiCTR/issues/30"
# ///
"""Shows when n_heads >= 2 and S >= 2."""

import math

import torch
from torch import Tensor


def mla_attention(
    x: Tensor, w_q: Tensor, w_dkv: Tensor, w_uk: Tensor, w_uv: Tensor, w_o: Tensor, n_heads: int
) -> Tensor:
    if w_q.shape[0] % n_heads != 0 or w_uk.shape[0] % n_heads != 0 or w_uv.shape[0] % n_heads != 0:
        raise ValueError("n_heads does not divide the rows of w_q, w_uk or w_uv")
    B, S, D = x.shape
    Dh = w_q.shape[0] // n_heads
    Dv = w_uv.shape[0] // n_heads
    c = x @ w_dkv.T
    q = (x @ w_q.T).reshape(B, n_heads, S, Dh)
    k = (c @ w_uk.T).reshape(B, n_heads, S, Dh)
    v = (c @ w_uv.T).reshape(B, n_heads, S, Dv)
    scores = q @ k.transpose(-2, -1) / math.sqrt(Dh)
    mask = torch.ones(S, S, dtype=torch.bool, device=x.device).tril()
    scores = scores.masked_fill(~mask, float("-inf"))
    weights = scores.softmax(dim=-1)
    out = (weights @ v).reshape(B, S, n_heads * Dv)
    return out @ w_o.T
