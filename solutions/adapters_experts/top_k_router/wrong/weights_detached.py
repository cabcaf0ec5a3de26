# drill: top_k_router
# /// wrong
# fails = "gradients"
# message = "The weights are computed from detached logits, so the router never gets a gradient."
# ///
"""Shows in the gradient of logits when k > 1."""

import torch
from torch import Tensor


def top_k_router(logits: Tensor, k: int) -> tuple[Tensor, Tensor]:
    n_experts = logits.shape[-1]
    if not 1 <= k <= n_experts:
        raise ValueError(f"k must be in 1..{n_experts}, got {k}")
    kept, experts = torch.topk(logits, k, dim=-1)
    wide = torch.promote_types(logits.dtype, torch.float32)
    weights = torch.softmax(kept.detach().to(wide), dim=-1)
    return weights.to(logits.dtype), experts
