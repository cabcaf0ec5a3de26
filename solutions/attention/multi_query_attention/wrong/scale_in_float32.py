# drill: multi_query_attention
# /// wrong
# fails = "numerics"
# message = "The square root is taken of a float32 tensor, so with float64 inputs all scores are off by about 1e-8."
# ///
"""Shows in float64 only, when the root of Dh is no float32 number."""

import torch
from torch import Tensor


def multi_query_attention(x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor, w_o: Tensor, n_heads: int) -> Tensor:
    B, S, D = x.shape
    if D % n_heads != 0:
        raise ValueError("n_heads does not divide D")
    Dh = D // n_heads
    if w_k.shape[0] != Dh:
        raise ValueError("w_k is not one head wide")
    q = (x @ w_q.T).reshape(B, S, n_heads, Dh).transpose(1, 2)
    k = (x @ w_k.T)[:, None]
    v = (x @ w_v.T)[:, None]
    scores = q @ k.transpose(-2, -1) / torch.tensor(float(Dh), device=x.device).sqrt()
    mask = torch.ones(S, S, dtype=torch.bool, device=x.device).tril()
    scores = scores.masked_fill(~mask, float("-inf"))
    weights = scores.softmax(dim=-1)
    out = (weights @ v).transpose(1, 2).reshape(B, S, D)
    return out @ w_o.T
