# drill: mla_attention
# /// wrong
# fails = "contract"
# message = "R is required to be a multiple of n_heads, as if each head had a latent of its own; all heads share one."
# ///
"""Shows when n_heads does not divide R: a ValueError for a good call."""

import math

import torch
from torch import Tensor


def mla_attention(
    x: Tensor, w_q: Tensor, w_dkv: Tensor, w_uk: Tensor, w_uv: Tensor, w_o: Tensor, n_heads: int
) -> Tensor:
    if w_q.shape[0] % n_heads != 0 or w_uk.shape[0] % n_heads != 0 or w_uv.shape[0] % n_heads != 0:
        raise ValueError("n_heads does not divide the rows of w_q, w_uk or w_uv")
    if w_dkv.shape[0] % n_heads != 0:
        raise ValueError("n_heads does not divide the latent width")
    B, S, D = x.shape
    Dh = w_q.shape[0] // n_heads
    Dv = w_uv.shape[0] // n_heads
    c = x @ w_dkv.T
    q = (x @ w_q.T).reshape(B, S, n_heads, Dh).transpose(1, 2)
    k = (c @ w_uk.T).reshape(B, S, n_heads, Dh).transpose(1, 2)
    v = (c @ w_uv.T).reshape(B, S, n_heads, Dv).transpose(1, 2)
    scores = q @ k.transpose(-2, -1) / math.sqrt(Dh)
    mask = torch.ones(S, S, dtype=torch.bool, device=x.device).tril()
    scores = scores.masked_fill(~mask, float("-inf"))
    weights = scores.softmax(dim=-1)
    out = (weights @ v).transpose(1, 2).reshape(B, S, n_heads * Dv)
    return out @ w_o.T
