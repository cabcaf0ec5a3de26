# drill: top_k_router
# /// wrong
# fails = "contract"
# message = "A k above E is cut down silently, so a wrong configuration goes unnoticed."
# ///
"""Shows with k > E."""

import torch
from torch import Tensor


def top_k_router(logits: Tensor, k: int) -> tuple[Tensor, Tensor]:
    n_experts = logits.shape[-1]
    if k < 1:
        raise ValueError(f"k must be at least 1, got {k}")
    k = min(k, n_experts)
    kept, experts = torch.topk(logits, k, dim=-1)
    wide = torch.promote_types(logits.dtype, torch.float32)
    weights = torch.softmax(kept.to(wide), dim=-1)
    return weights.to(logits.dtype), experts
