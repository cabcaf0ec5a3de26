# drill: multi_query_attention
"""Only the queries have heads. To the one shared key head all query heads are just more queries, so they are folded
into the query axis and the keys and values are never repeated."""

import math

import torch
from torch import Tensor

LEDGER = {
    "keys": "[B, S, D // H]",
    "scores": "[B, H, S, S]",
    "parameters": "2 * D * D + 2 * D * (D // H)",
    "cache_bytes": "2 * B * S * (D // H) * e",
    "saving": "H",
}


def multi_query_attention(x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor, w_o: Tensor, n_heads: int) -> Tensor:
    batch, length, width = x.shape
    if width % n_heads != 0:
        raise ValueError(f"{n_heads} heads do not divide the width {width}")
    head_width = width // n_heads
    if w_k.shape[0] != head_width:
        raise ValueError(f"w_k has {w_k.shape[0]} rows, a head is {head_width} wide")

    q = (x @ w_q.T).reshape(batch, length, n_heads, head_width).transpose(1, 2)  # [B, H, S, Dh]
    k = x @ w_k.T  # [B, S, Dh]
    v = x @ w_v.T  # [B, S, Dh]

    folded = q.reshape(batch, n_heads * length, head_width)  # [B, H * S, Dh]
    scores = folded @ k.transpose(-2, -1) / math.sqrt(head_width)  # [B, H * S, S]
    scores = scores.reshape(batch, n_heads, length, length)  # [B, H, S, S]
    hidden = torch.ones(length, length, dtype=torch.bool, device=x.device).triu(diagonal=1)  # [S, S]
    weights = scores.masked_fill(hidden, float("-inf")).softmax(dim=-1)  # [B, H, S, S]

    mixed = weights.reshape(batch, n_heads * length, length) @ v  # [B, H * S, Dh]
    mixed = mixed.reshape(batch, n_heads, length, head_width)  # [B, H, S, Dh]
    merged = mixed.transpose(1, 2).reshape(batch, length, width)  # [B, S, D]
    return merged @ w_o.T  # [B, S, D]
