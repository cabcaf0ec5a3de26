# drill: multi_query_attention
"""Gives keys and values a head axis of size 1 and lets the matmul broadcast it, with an additive mask."""

import torch
import torch.nn.functional as F
from torch import Tensor


def multi_query_attention(x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor, w_o: Tensor, n_heads: int) -> Tensor:
    S, D = x.shape[1:]
    if D % n_heads or w_k.shape[0] * n_heads != D:
        raise ValueError("the heads do not fit the width")
    q = F.linear(x, w_q).unflatten(-1, (n_heads, -1)).transpose(1, 2)  # [B, H, S, Dh]
    k = F.linear(x, w_k).unsqueeze(1)  # [B, 1, S, Dh]
    v = F.linear(x, w_v).unsqueeze(1)
    mask = torch.full((S, S), float("-inf"), dtype=x.dtype, device=x.device).triu(1)
    weights = F.softmax(q.matmul(k.mT) * (D // n_heads) ** -0.5 + mask, dim=-1)
    return F.linear(weights.matmul(v).transpose(1, 2).flatten(2), w_o)
