# drill: causal_attention
# /// wrong
# fails = "causality"
# message = "Only the last 256 keys are attended to, a sliding window that nobody asked for; the past has no such limit."
# ///
"""Shows when T > 256."""

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
    key, query = torch.arange(T, device=q.device), torch.arange(T - S, T, device=q.device)[:, None]
    visible = (key <= query) & (key > query - 256)
    if key_padding is not None:
        visible = visible & key_padding[:, None, None, :]
    scores = scores.masked_fill(~visible, torch.finfo(work).min)
    weights = torch.softmax(scores, dim=-1).masked_fill(~visible, 0.0)
    return (weights @ v.to(work)).to(q.dtype)
