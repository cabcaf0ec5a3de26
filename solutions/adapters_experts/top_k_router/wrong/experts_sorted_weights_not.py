# drill: top_k_router
# /// wrong
# fails = "numerics"
# message = "The experts are sorted by index after the selection but the weights are left where they were."
# ///
"""Shows when the kept experts do not happen to be sorted by index: weights go to the wrong experts."""

import torch
from torch import Tensor


def top_k_router(logits: Tensor, k: int) -> tuple[Tensor, Tensor]:
    n_experts = logits.shape[-1]
    if not 1 <= k <= n_experts:
        raise ValueError(f"k must be in 1..{n_experts}, got {k}")
    kept, experts = torch.topk(logits, k, dim=-1)
    wide = torch.promote_types(logits.dtype, torch.float32)
    weights = torch.softmax(kept.to(wide), dim=-1)
    experts = experts.sort(dim=-1).values
    return weights.to(logits.dtype), experts
