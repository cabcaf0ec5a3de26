# drill: multi_query_attention
# /// wrong
# fails = "numerics"
# message = """The lanes of the queries are split as [Dh, H], so head h gets every n_heads-th lane instead of a block \
# of Dh lanes."""
# ///
"""Shows when n_heads >= 2 and Dh >= 2."""

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
    q = (x @ w_q.T).reshape(B, S, Dh, n_heads).permute(0, 3, 1, 2)
    k = (x @ w_k.T)[:, None]
    v = (x @ w_v.T)[:, None]
    scores = q @ k.transpose(-2, -1) / math.sqrt(Dh)
    mask = torch.ones(S, S, dtype=torch.bool, device=x.device).tril()
    scores = scores.masked_fill(~mask, float("-inf"))
    weights = scores.softmax(dim=-1)
    out = (weights @ v).permute(0, 2, 3, 1).reshape(B, S, D)
    return out @ w_o.T
