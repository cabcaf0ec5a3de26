# drill: causal_attention
"""Stays in the inputs' dtype, half included: q is scaled before the product, and the fill value is chosen by dtype."""

import torch
from torch import Tensor


def causal_attention(q: Tensor, k: Tensor, v: Tensor, key_padding: Tensor | None = None) -> Tensor:
    S, T = q.shape[2], k.shape[2]
    if S > T:
        raise ValueError("a query would stand before the first key")
    scores = torch.matmul(q * q.shape[3] ** -0.5, k.transpose(2, 3))
    seen = torch.tril(torch.ones((S, T), device=q.device), diagonal=T - S).bool()[None, None]
    if key_padding is not None:
        seen = torch.logical_and(seen, key_padding.unsqueeze(1).unsqueeze(1))
    lowest = torch.finfo(q.dtype).min
    weights = torch.where(seen, torch.where(seen, scores, lowest).softmax(3), 0.0)
    return torch.matmul(weights, v)
