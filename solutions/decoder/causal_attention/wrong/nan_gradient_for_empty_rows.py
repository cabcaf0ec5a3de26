# drill: causal_attention
# /// wrong
# fails = "gradients"
# message = "nan_to_num repairs the weights of an empty row, but through the added mask its gradient is still NaN."
# source = "https://github.com/pytorch/pytorch/issues/41508"
# ///
"""Shows in the gradients of q and k when a query sees no key; the values are right."""

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
    mask = torch.zeros(visible.shape, dtype=work, device=q.device).masked_fill(~visible, float("-inf"))
    scores = scores + mask
    weights = torch.nan_to_num(torch.softmax(scores, dim=-1))
    return (weights @ v.to(work)).to(q.dtype)
