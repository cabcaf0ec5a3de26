# drill: causal_attention
"""Lets empty rows become NaN and repairs the weights: masked_fill, unlike an added mask, stops their gradient."""

import torch
from torch import Tensor
from torch.nn import functional as F


def causal_attention(q: Tensor, k: Tensor, v: Tensor, key_padding: Tensor | None = None) -> Tensor:
    queries, keys = q.shape[-2], k.shape[-2]
    if queries > keys:
        raise ValueError(f"{queries=} exceeds {keys=}")
    wide = torch.float64 if q.dtype == torch.float64 else torch.float32
    scores = q.to(wide) @ k.to(wide).mT * q.shape[-1] ** -0.5

    future = torch.ones_like(scores, dtype=torch.bool).triu(1 + keys - queries)
    scores = scores.masked_fill(future, float("-inf"))
    if key_padding is not None:
        scores = scores.masked_fill(~key_padding.unsqueeze(-2).unsqueeze(-2), float("-inf"))
    weights = torch.nan_to_num(F.softmax(scores, dim=-1, dtype=wide))
    return torch.matmul(weights, v.to(wide)).to(v.dtype)
