# drill: top_k_router
# /// wrong
# fails = "numerics"
# message = "The softmax always runs in float32, so float64 logits come back with half of their digits."
# ///
"""Shows in float64, at relative errors of about 1e-8."""

import torch
from torch import Tensor


def top_k_router(logits: Tensor, k: int) -> tuple[Tensor, Tensor]:
    n_experts = logits.shape[-1]
    if not 1 <= k <= n_experts:
        raise ValueError(f"k must be in 1..{n_experts}, got {k}")
    kept, experts = torch.topk(logits, k, dim=-1)
    weights = torch.softmax(kept.float(), dim=-1)
    return weights.to(logits.dtype), experts
