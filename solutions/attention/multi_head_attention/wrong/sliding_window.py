# drill: multi_head_attention
# /// wrong
# fails = "causality"
# message = "Only the last 301 keys are attended to, a sliding window that nobody asked for; the past has no such limit."
# ///
"""Shows when S > 301."""

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
    position = torch.arange(S, device=x.device)
    own = position[:, None]
    mask = (position <= own) & (position > own - 301)
    scores = scores.masked_fill(~mask, float("-inf"))
    weights = scores.softmax(dim=-1)
    out = (weights @ v).transpose(1, 2).reshape(B, S, D)
    return out @ w_o.T
