# drill: causal_attention
# /// wrong
# fails = "causality"
# message = "The positions are numbered in int8, which ends at 127; beyond it they wrap around and the mask is another."
# ///
"""Shows when T > 128."""

import math

import torch
from torch import Tensor


def causal_attention(q: Tensor, k: Tensor, v: Tensor, key_padding: Tensor | None = None) -> Tensor:
    B, H, S, Dh = q.shape
    T = k.shape[2]
    if S > T:
        raise ValueError(f"S={S} must not exceed T={T}")
    work = torch.float64 if q.dtype == torch.float64 else torch.float32
    scores = q.to(work) @ k.to(work).transpose(-2, -1) / math.sqrt(Dh)  # [B, H, S, T]
    visible = torch.arange(T, device=q.device).to(torch.int8) <= torch.arange(T - S, T, device=q.device).to(torch.int8)[:, None]
    if key_padding is not None:
        visible = visible & key_padding[:, None, None, :]
    scores = scores.masked_fill(~visible, torch.finfo(work).min)
    weights = torch.softmax(scores, dim=-1).masked_fill(~visible, 0.0)
    return (weights @ v.to(work)).to(q.dtype)
