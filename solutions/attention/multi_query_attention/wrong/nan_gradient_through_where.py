# drill: multi_query_attention
# /// wrong
# fails = "gradients"
# message = """The hidden scores are exponentiated before torch.where drops them; where they overflow, the backward \
# pass multiplies inf by 0 and the gradients are NaN."""
# ///
"""Right in its values. Shows in the gradients when a hidden score exceeds the largest visible one of its row by more
than about 88 (float32, bfloat16), 11 (float16) or 709 (float64)."""

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
    top = scores.masked_fill(~mask, float("-inf")).amax(dim=-1, keepdim=True)
    weights = torch.where(mask, torch.exp(scores - top.detach()), 0.0)
    weights = weights / weights.sum(dim=-1, keepdim=True)
    out = (weights @ v).transpose(1, 2).reshape(B, S, D)
    return out @ w_o.T
