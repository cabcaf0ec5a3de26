# drill: multi_query_attention
# /// wrong
# fails = "numerics"
# message = "The softmax is always computed in float32, so float64 inputs give a result of single precision."
# ///
"""Shows in float64 only, as an error of about 1e-8."""

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
    k = (x @ w_k.T)[:, None]
    v = (x @ w_v.T)[:, None]
    scores = q @ k.transpose(-2, -1) / math.sqrt(Dh)
    mask = torch.ones(S, S, dtype=torch.bool, device=x.device).tril()
    scores = scores.masked_fill(~mask, float("-inf"))
    weights = scores.float().softmax(dim=-1).to(x.dtype)
    out = (weights @ v).transpose(1, 2).reshape(B, S, D)
    return out @ w_o.T
