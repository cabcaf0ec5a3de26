# drill: causal_attention
# /// wrong
# fails = "contract"
# message = "F.scaled_dot_product_attention does the softmax and both products, which this drill asks you to write."
# ///
"""Shows in the forbidden calls; every value is right."""

import torch
from torch import Tensor
from torch.nn import functional as F


def causal_attention(q: Tensor, k: Tensor, v: Tensor, key_padding: Tensor | None = None) -> Tensor:
    S = q.shape[2]
    T = k.shape[2]
    if S > T:
        raise ValueError(f"S={S} must not exceed T={T}")
    work = torch.float64 if q.dtype == torch.float64 else torch.float32
    visible = torch.ones(S, T, dtype=torch.bool, device=q.device).tril(T - S)
    if key_padding is not None:
        visible = visible & key_padding[:, None, None, :]
    empty = ~visible.any(-1, keepdim=True)  # [B, 1, S, 1]
    q, k, v, dtype = q.to(work), k.to(work), v.to(work), q.dtype
    return F.scaled_dot_product_attention(q, k, v, attn_mask=visible | empty).masked_fill(empty, 0.0).to(dtype)
