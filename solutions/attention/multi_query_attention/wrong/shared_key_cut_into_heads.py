# drill: multi_query_attention
# /// wrong
# fails = "numerics"
# message = """The one key/value head is cut into n_heads slices of Dh / n_heads lanes, where all heads must read it \
# whole."""
# ///
"""Shows when n_heads >= 2 (RuntimeError when n_heads does not divide Dh)."""

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
    k = (x @ w_k.T).reshape(B, S, n_heads, Dh // n_heads).transpose(1, 2)
    v = (x @ w_v.T).reshape(B, S, n_heads, Dh // n_heads).transpose(1, 2).repeat_interleave(n_heads, dim=-1)
    scores = q[..., : Dh // n_heads] @ k.transpose(-2, -1) / math.sqrt(Dh)
    mask = torch.ones(S, S, dtype=torch.bool, device=x.device).tril()
    scores = scores.masked_fill(~mask, float("-inf"))
    weights = scores.softmax(dim=-1)
    out = (weights @ v).transpose(1, 2).reshape(B, S, D)
    return out @ w_o.T
