# drill: causal_attention
# /// wrong
# fails = "causality"
# message = "-1e4 is not low enough: where visible scores are near -1e4 too, hidden keys enter the normaliser."
# source = "https://github.com/hyunwoongko/transformer/issues/10"
# ///
"""Shows when the visible scores of a row are below about -9990; ordinary scores hide it."""

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
    scores = scores.masked_fill(~visible, -1e4)
    weights = torch.softmax(scores, dim=-1).masked_fill(~visible, 0.0)
    return (weights @ v.to(work)).to(q.dtype)
