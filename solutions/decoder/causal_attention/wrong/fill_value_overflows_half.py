# drill: causal_attention
# /// wrong
# fails = "gpu"
# message = "-1e9 does not fit into float16, whose range ends at 65504, so masked_fill raises there."
# source = "https://github.com/NVIDIA/apex/issues/1052"
# ///
"""Shows in float16: the call raises; the other dtypes are right."""

import math

import torch
from torch import Tensor


def causal_attention(q: Tensor, k: Tensor, v: Tensor, key_padding: Tensor | None = None) -> Tensor:
    B, H, S, Dh = q.shape
    T = k.shape[2]
    if S > T:
        raise ValueError(f"S={S} must not exceed T={T}")
    work = q.dtype
    scores = (q / math.sqrt(Dh)) @ k.transpose(-2, -1)  # [B, H, S, T]
    visible = torch.ones(S, T, dtype=torch.bool, device=q.device).tril(T - S)
    if key_padding is not None:
        visible = visible & key_padding[:, None, None, :]
    scores = scores.masked_fill(~visible, -1e9)
    weights = torch.softmax(scores, dim=-1).masked_fill(~visible, 0.0)
    return (weights @ v.to(work)).to(q.dtype)
