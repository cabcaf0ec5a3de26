# drill: multi_query_attention
# /// wrong
# fails = "contract"
# message = """Any number of key/value heads that divides n_heads is accepted, so weights of grouped-query attention \
# pass where a ValueError is due."""
# ///
"""Shows when w_k has g * D / n_heads rows with g a divisor of n_heads greater than 1: no ValueError."""

import math

import torch
from torch import Tensor


def multi_query_attention(x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor, w_o: Tensor, n_heads: int) -> Tensor:
    B, S, D = x.shape
    if D % n_heads != 0:
        raise ValueError("n_heads does not divide D")
    if w_k.shape[0] == 0 or D % w_k.shape[0] != 0 or w_k.shape[0] % (D // n_heads) != 0:
        raise ValueError("the rows of w_k do not fit the heads")
    Dh = D // n_heads
    q = (x @ w_q.T).reshape(B, S, n_heads, Dh).transpose(1, 2)
    groups = w_k.shape[0] // Dh
    k = (x @ w_k.T).reshape(B, S, groups, Dh).transpose(1, 2).repeat_interleave(n_heads // groups, dim=1)
    v = (x @ w_v.T).reshape(B, S, groups, Dh).transpose(1, 2).repeat_interleave(n_heads // groups, dim=1)
    scores = q @ k.transpose(-2, -1) / math.sqrt(Dh)
    mask = torch.ones(S, S, dtype=torch.bool, device=x.device).tril()
    scores = scores.masked_fill(~mask, float("-inf"))
    weights = scores.softmax(dim=-1)
    out = (weights @ v).transpose(1, 2).reshape(B, S, D)
    return out @ w_o.T
