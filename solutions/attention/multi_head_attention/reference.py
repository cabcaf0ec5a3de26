# drill: multi_head_attention
"""Every head attends on its own slice of the projected lanes. Splitting is a reshape followed by a transpose, merging
is the same two steps backwards, and the causal mask goes in before the softmax."""

import math

import torch
from torch import Tensor

LEDGER = {
    "queries": "[B, H, S, D // H]",
    "scores": "[B, H, S, S]",
    "parameters": "4 * D * D",
    "score_bytes": "B * H * S * S * e",
    "cache_bytes": "2 * B * S * D * e",
}


def multi_head_attention(x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor, w_o: Tensor, n_heads: int) -> Tensor:
    batch, length, width = x.shape
    if width % n_heads != 0:
        raise ValueError(f"{n_heads} heads do not divide the width {width}")
    head_width = width // n_heads

    def split(projected: Tensor) -> Tensor:
        # Lanes first, then heads before positions: a reshape alone would mix positions into heads.
        return projected.reshape(batch, length, n_heads, head_width).transpose(1, 2)  # [B, H, S, Dh]

    q = split(x @ w_q.T)
    k = split(x @ w_k.T)
    v = split(x @ w_v.T)

    scores = q @ k.transpose(-2, -1) / math.sqrt(head_width)  # [B, H, S, S]
    hidden = torch.ones(length, length, dtype=torch.bool, device=x.device).triu(diagonal=1)  # [S, S]
    weights = scores.masked_fill(hidden, float("-inf")).softmax(dim=-1)  # [B, H, S, S]

    mixed = weights @ v  # [B, H, S, Dh]
    merged = mixed.transpose(1, 2).reshape(batch, length, width)  # [B, S, D]
    return merged @ w_o.T  # [B, S, D]
