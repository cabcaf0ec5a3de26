# drill: causal_attention
# /// wrong
# fails = "numerics"
# message = "One query sees every key, so no mask is built for S = 1; that leaves the padding out, too."
# ///
"""Shows with padding when S = 1."""

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
    if S > 1:
        scores = scores.masked_fill(~visible, torch.finfo(work).min)
    weights = torch.softmax(scores, dim=-1)
    if S > 1:
        weights = weights.masked_fill(~visible, 0.0)
    return (weights @ v.to(work)).to(q.dtype)
