# drill: causal_attention
# /// wrong
# fails = "finiteness"
# message = "Hidden weights are zeroed after the softmax and the rest divided by its sum, which is 0 where hidden scores are high."
# ///
"""Shows when a padded or future key has a score some hundreds above the visible ones; ordinary scores hide it."""

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
    visible = torch.ones(S, T, dtype=torch.bool, device=q.device).tril(T - S)
    if key_padding is not None:
        visible = visible & key_padding[:, None, None, :]
    weights = torch.softmax(scores, dim=-1) * visible
    weights = weights / weights.sum(-1, keepdim=True).clamp_min(1e-30)
    return (weights @ v.to(work)).to(q.dtype)
