# drill: mla_attention
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


def mla_attention(
    x: Tensor, w_q: Tensor, w_dkv: Tensor, w_uk: Tensor, w_uv: Tensor, w_o: Tensor, n_heads: int
) -> Tensor:
    if w_q.shape[0] % n_heads != 0 or w_uk.shape[0] % n_heads != 0 or w_uv.shape[0] % n_heads != 0:
        raise ValueError("n_heads does not divide the rows of w_q, w_uk or w_uv")
    B, S, D = x.shape
    Dh = w_q.shape[0] // n_heads
    Dv = w_uv.shape[0] // n_heads
    c = x @ w_dkv.T
    q = (x @ w_q.T).reshape(B, S, n_heads, Dh).transpose(1, 2)
    k = (c @ w_uk.T).reshape(B, S, n_heads, Dh).transpose(1, 2)
    v = (c @ w_uv.T).reshape(B, S, n_heads, Dv).transpose(1, 2)
    scores = q @ k.transpose(-2, -1) / math.sqrt(Dh)
    mask = torch.ones(S, S, dtype=torch.bool, device=x.device).tril()
    top = scores.masked_fill(~mask, float("-inf")).amax(dim=-1, keepdim=True)
    weights = torch.where(mask, torch.exp(scores - top.detach()), 0.0)
    weights = weights / weights.sum(dim=-1, keepdim=True)
    out = (weights @ v).transpose(1, 2).reshape(B, S, n_heads * Dv)
    return out @ w_o.T
