# drill: multi_head_attention
# /// wrong
# fails = "numerics"
# message = "The scores are taken over all D lanes at once, so all heads share one attention pattern."
# ///
"""Shows when n_heads >= 2 and S >= 2."""

import math

import torch
from torch import Tensor


def multi_head_attention(x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor, w_o: Tensor, n_heads: int) -> Tensor:
    B, S, D = x.shape
    if D % n_heads != 0:
        raise ValueError("n_heads does not divide D")
    Dh = D // n_heads
    v = (x @ w_v.T).reshape(B, S, n_heads, Dh).transpose(1, 2)
    scores = (x @ w_q.T) @ (x @ w_k.T).transpose(-2, -1) / math.sqrt(Dh)
    mask = torch.ones(S, S, dtype=torch.bool, device=x.device).tril()
    scores = scores.masked_fill(~mask, float("-inf"))
    weights = scores.softmax(dim=-1)[:, None]
    out = (weights @ v).transpose(1, 2).reshape(B, S, D)
    return out @ w_o.T
