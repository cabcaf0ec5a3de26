# drill: mla_attention
"""Batch and heads in one axis for bmm, einops for splitting and merging, the softmax written out."""

import torch
from einops import rearrange
from torch import Tensor


def causal_softmax(scores: Tensor) -> Tensor:
    index = torch.arange(scores.shape[-1], device=scores.device)
    scores = torch.where(index <= index[:, None], scores, float("-inf"))
    exponentials = torch.exp(scores - scores.max(dim=-1, keepdim=True).values)
    return exponentials / exponentials.sum(dim=-1, keepdim=True)


def mla_attention(
    x: Tensor, w_q: Tensor, w_dkv: Tensor, w_uk: Tensor, w_uv: Tensor, w_o: Tensor, n_heads: int
) -> Tensor:
    if {w.shape[0] % n_heads for w in (w_q, w_uk, w_uv)} != {0}:
        raise ValueError("n_heads must divide the rows of w_q, w_uk and w_uv")
    latent = x @ w_dkv.t()
    q, k, v = (
        rearrange(source @ w.t(), "b s (h e) -> (b h) s e", h=n_heads)
        for source, w in ((x, w_q), (latent, w_uk), (latent, w_uv))
    )
    weights = causal_softmax(torch.bmm(q, k.mT) * q.shape[-1] ** -0.5)
    return rearrange(torch.bmm(weights, v), "(b h) s e -> b s (h e)", h=n_heads) @ w_o.t()
