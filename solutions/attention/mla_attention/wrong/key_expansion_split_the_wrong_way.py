# drill: mla_attention
# /// wrong
# fails = "numerics"
# message = "For the absorption the rows of w_uk are split as [Dh, H], so every head absorbs rows of all heads."
# ///
"""Shows when n_heads >= 2, Dh >= 2 and S >= 2."""

import math

import torch
from torch import Tensor


def mla_attention(
    x: Tensor, w_q: Tensor, w_dkv: Tensor, w_uk: Tensor, w_uv: Tensor, w_o: Tensor, n_heads: int
) -> Tensor:
    if w_q.shape[0] % n_heads != 0 or w_uk.shape[0] % n_heads != 0 or w_uv.shape[0] % n_heads != 0:
        raise ValueError("n_heads does not divide the rows of w_q, w_uk or w_uv")
    B, S, D = x.shape
    R = w_dkv.shape[0]
    Dh = w_q.shape[0] // n_heads
    Dv = w_uv.shape[0] // n_heads
    c = x @ w_dkv.T
    q = (x @ w_q.T).reshape(B, S, n_heads, Dh)
    q = torch.einsum("bshd,hdr->bhsr", q, w_uk.reshape(Dh, n_heads, R).transpose(0, 1))
    scores = torch.einsum("bhsr,btr->bhst", q, c) / math.sqrt(Dh)
    mask = torch.ones(S, S, dtype=torch.bool, device=x.device).tril()
    weights = scores.masked_fill(~mask, float("-inf")).softmax(dim=-1)
    out = torch.einsum("bhst,btr->bshr", weights, c)
    out = torch.einsum("bshr,hdr->bshd", out, w_uv.reshape(n_heads, Dv, R))
    return out.reshape(B, S, n_heads * Dv) @ w_o.T
