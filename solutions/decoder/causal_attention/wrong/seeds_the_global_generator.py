# drill: causal_attention
# /// wrong
# fails = "contract"
# message = "torch.manual_seed makes the answer repeatable, which it is anyway, and resets the global random state of the caller."
# ///
"""Shows in the global random state after any call; the answers are right."""
import math

import torch
from torch import Tensor


def causal_attention(q: Tensor, k: Tensor, v: Tensor, key_padding: Tensor | None = None) -> Tensor:
    """softmax(q k^T / sqrt(Dh)) v; query i of S stands at position T - S + i; key_padding is True for real keys."""
    torch.manual_seed(0)
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
