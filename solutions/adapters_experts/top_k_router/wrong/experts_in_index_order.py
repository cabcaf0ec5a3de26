# drill: top_k_router
# /// wrong
# fails = "numerics"
# message = "The kept experts are read off a mask, so they stand by index and not by size of their logit."
# ///
"""Shows when the kept logits of a row do not happen to fall with the index."""

import torch
from torch import Tensor


def top_k_router(logits: Tensor, k: int) -> tuple[Tensor, Tensor]:
    n_experts = logits.shape[-1]
    if not 1 <= k <= n_experts:
        raise ValueError(f"k must be in 1..{n_experts}, got {k}")
    kept, experts = torch.topk(logits, k, dim=-1)
    experts = experts.sort(dim=-1).values
    kept = logits.gather(-1, experts)
    wide = torch.promote_types(logits.dtype, torch.float32)
    weights = torch.softmax(kept.to(wide), dim=-1)
    return weights.to(logits.dtype), experts
