# drill: multi_head_attention
# /// wrong
# fails = "finiteness"
# message = """The softmax is written as exp(s) / sum(exp(s)) without subtracting the row maximum, so it overflows to \
# NaN."""
# source = "https://github.com/pytorch/executorch/pull/18407"
# ///
"""Shows when scores exceed about 88 in float32 and bfloat16, 11 in float16 or 709 in float64."""

import math

import torch
from torch import Tensor


def multi_head_attention(x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor, w_o: Tensor, n_heads: int) -> Tensor:
    B, S, D = x.shape
    if D % n_heads != 0:
        raise ValueError("n_heads does not divide D")
    Dh = D // n_heads
    q = (x @ w_q.T).reshape(B, S, n_heads, Dh).transpose(1, 2)
    k = (x @ w_k.T).reshape(B, S, n_heads, Dh).transpose(1, 2)
    v = (x @ w_v.T).reshape(B, S, n_heads, Dh).transpose(1, 2)
    scores = q @ k.transpose(-2, -1) / math.sqrt(Dh)
    mask = torch.ones(S, S, dtype=torch.bool, device=x.device).tril()
    scores = scores.masked_fill(~mask, float("-inf"))
    weights = scores.exp() / scores.exp().sum(dim=-1, keepdim=True)
    out = (weights @ v).transpose(1, 2).reshape(B, S, D)
    return out @ w_o.T
