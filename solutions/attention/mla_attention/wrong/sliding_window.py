# drill: mla_attention
# /// wrong
# fails = "causality"
# message = "Only the last 256 keys are attended to, a sliding window that nobody asked for; the past has no such limit."
# ///
"""Shows when S > 256."""

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
    position = torch.arange(S, device=x.device)
    own = position[:, None]
    mask = (position <= own) & (position > own - 256)
    scores = scores.masked_fill(~mask, float("-inf"))
    weights = scores.softmax(dim=-1)
    out = (weights @ v).transpose(1, 2).reshape(B, S, n_heads * Dv)
    return out @ w_o.T
