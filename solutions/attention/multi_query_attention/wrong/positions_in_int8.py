# drill: multi_query_attention
# /// wrong
# fails = "causality"
# message = "The positions are numbered in int8, which ends at 127; beyond it they wrap around and the mask is another."
# ///
"""Shows when S > 128."""

import math

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
    scores = q @ k.transpose(-2, -1) / math.sqrt(Dh)
    position = torch.arange(S, dtype=torch.int8, device=x.device)
    mask = position <= position[:, None]
    scores = scores.masked_fill(~mask, float("-inf"))
    weights = scores.softmax(dim=-1)
    out = (weights @ v).transpose(1, 2).reshape(B, S, D)
    return out @ w_o.T
