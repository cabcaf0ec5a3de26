# drill: causal_attention
# /// wrong
# fails = "finiteness"
# message = "The product is formed in float16 before it is scaled, so a scaled score of 1e4 overflows on the way."
# ///
"""Shows in float16 when a scaled score times sqrt(Dh) exceeds 65504: the row is NaN."""

import math

import torch
from torch import Tensor


def causal_attention(q: Tensor, k: Tensor, v: Tensor, key_padding: Tensor | None = None) -> Tensor:
    B, H, S, Dh = q.shape
    T = k.shape[2]
    if S > T:
        raise ValueError(f"S={S} must not exceed T={T}")
    work = q.dtype
    scores = q.to(work) @ k.to(work).transpose(-2, -1) / math.sqrt(Dh)  # [B, H, S, T]
    visible = torch.ones(S, T, dtype=torch.bool, device=q.device).tril(T - S)
    if key_padding is not None:
        visible = visible & key_padding[:, None, None, :]
    scores = scores.masked_fill(~visible, torch.finfo(work).min)
    weights = torch.softmax(scores, dim=-1).masked_fill(~visible, 0.0)
    return (weights @ v.to(work)).to(q.dtype)
