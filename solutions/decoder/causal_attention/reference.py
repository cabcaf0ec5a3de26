# drill: causal_attention
"""One boolean mask says which query sees which key: a triangle aligned to the end, cut down by the padding.

The mask is used twice. Before the softmax it fills hidden scores with the most negative finite number, so that even a
row without keys has finite weights and gradients; after it, it sets hidden weights to 0, which makes that row zero.
"""

import math

import torch
from torch import Tensor

LEDGER = {
    "scores": "[B, H, S, T]",
    "padding_mask": "[B, 1, 1, T]",
    "visible_pairs": "S*(T - S) + S*(S + 1) / 2",
    "flops": "2*B*H*S*T*Dh + 2*B*H*S*T*Dv",
    "score_bytes": "4*B*H*S*T",
}


def causal_attention(q: Tensor, k: Tensor, v: Tensor, key_padding: Tensor | None = None) -> Tensor:
    """softmax(q k^T / sqrt(Dh)) v; query i of S stands at position T - S + i; key_padding is True for real keys."""
    S, T, Dh = q.shape[2], k.shape[2], q.shape[3]
    if S > T:
        raise ValueError(f"more queries than keys: S={S}, T={T}")

    # Half precision is computed in float32, where a score of 1e4 is small.
    work = torch.promote_types(q.dtype, torch.float32)
    scores = (q.to(work) / math.sqrt(Dh)) @ k.to(work).transpose(-2, -1)  # [B, H, S, T]

    key_position = torch.arange(T, device=q.device)  # [T]
    query_position = key_position[T - S :]  # [S]
    visible = key_position <= query_position[:, None]  # [S, T]
    if key_padding is not None:
        visible = visible & key_padding[:, None, None, :]  # [B, 1, S, T]

    scores = scores.masked_fill(~visible, torch.finfo(work).min)  # [B, H, S, T]
    weights = scores.softmax(dim=-1)  # [B, H, S, T], uniform where a row sees nothing
    weights = weights.masked_fill(~visible, 0.0)  # [B, H, S, T], zero where a row sees nothing
    return (weights @ v.to(work)).to(q.dtype)  # [B, H, S, Dv]
