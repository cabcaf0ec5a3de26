# drill: multi_query_attention
"""Repeats the rows of w_k and w_v once per head and runs multi-head attention, which is the same function."""

import math

import torch
from einops import rearrange
from torch import Tensor


def attention(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """q, k, v [N, S, Dh] -> [N, S, Dh], causal"""
    seen = torch.ones(q.shape[1], q.shape[1], dtype=torch.bool, device=q.device).tril()
    scores = torch.where(seen, torch.bmm(q, k.mT) / math.sqrt(q.shape[2]), -math.inf)
    return torch.bmm(torch.softmax(scores, dim=2), v)


def multi_query_attention(x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor, w_o: Tensor, n_heads: int) -> Tensor:
    if x.shape[-1] % n_heads != 0:
        raise ValueError("D is not a multiple of n_heads")
    if w_k.shape[0] != x.shape[-1] // n_heads:
        raise ValueError("w_k does not fit one head")
    weights = (w_q, w_k.repeat(n_heads, 1), w_v.repeat(n_heads, 1))
    heads = [rearrange(x @ w.T, "b s (h e) -> (b h) s e", h=n_heads) for w in weights]
    return rearrange(attention(*heads), "(b h) s e -> b s (h e)", h=n_heads) @ w_o.T
