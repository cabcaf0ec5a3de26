# drill: multi_head_attention
"""One matmul for queries, keys and values together, batch and heads in one axis for bmm, and the softmax written with
logsumexp in float32 for half precision."""

import torch
from einops import rearrange
from torch import Tensor


def multi_head_attention(x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor, w_o: Tensor, n_heads: int) -> Tensor:
    if x.shape[2] % n_heads:
        raise ValueError("the width is not a multiple of n_heads")
    packed = x @ torch.cat([w_q, w_k, w_v]).mT  # [B, S, 3 * D]
    q, k, v = rearrange(packed, "b s (three h e) -> three (b h) s e", three=3, h=n_heads)
    wide = torch.float64 if x.dtype == torch.float64 else torch.float32
    scores = torch.bmm(q.to(wide), k.to(wide).mT) / q.shape[-1] ** 0.5
    future = torch.ones(scores.shape[1:], dtype=torch.bool, device=x.device).triu(1)
    scores = scores.masked_fill(future, torch.finfo(wide).min)
    weights = (scores - scores.logsumexp(-1, keepdim=True)).exp().to(x.dtype)
    return rearrange(torch.bmm(weights, v), "(b h) s e -> b s (h e)", h=n_heads) @ w_o.mT
