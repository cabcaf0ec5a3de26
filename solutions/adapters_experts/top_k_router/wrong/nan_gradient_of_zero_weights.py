# drill: top_k_router
# /// wrong
# fails = "gradients"
# message = "Weights are taken as squares of roots; the root has an infinite slope at 0, so weights that underflow give NaN."
# ///
"""Shows in the gradient of logits when a kept logit is far below the largest one, so that its weight is 0."""

import torch
from torch import Tensor


def top_k_router(logits: Tensor, k: int) -> tuple[Tensor, Tensor]:
    n_experts = logits.shape[-1]
    if not 1 <= k <= n_experts:
        raise ValueError(f"k must be in 1..{n_experts}, got {k}")
    kept, experts = torch.topk(logits, k, dim=-1)
    wide = torch.promote_types(logits.dtype, torch.float32)
    roots = torch.softmax(kept.to(wide), dim=-1).sqrt()
    return (roots * roots).to(logits.dtype), experts
