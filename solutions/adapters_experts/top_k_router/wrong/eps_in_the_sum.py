# drill: top_k_router
# /// wrong
# fails = "numerics"
# message = "A constant 1e-6 in the denominator keeps the weights from summing to 1 up to rounding."
# ///
"""Shows in float64, and in float32 when the kept probabilities are a small part of the whole (E much larger than
k)."""

import torch
from torch import Tensor


def top_k_router(logits: Tensor, k: int) -> tuple[Tensor, Tensor]:
    n_experts = logits.shape[-1]
    if not 1 <= k <= n_experts:
        raise ValueError(f"k must be in 1..{n_experts}, got {k}")
    kept, experts = torch.topk(logits, k, dim=-1)
    wide = torch.promote_types(logits.dtype, torch.float32)
    probs = torch.softmax(logits.to(wide), dim=-1).gather(-1, experts)
    weights = probs / (probs.sum(dim=-1, keepdim=True) + 1e-6)
    return weights.to(logits.dtype), experts
