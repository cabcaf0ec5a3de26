# drill: top_k_router
# /// wrong
# fails = "numerics"
# message = "The experts are the largest probabilities, and where these underflow to 0 the order of the logits is lost."
# ///
"""Shows when more than one kept or dropped logit of a row is over 104 (745 in float64) below the largest."""

import torch
from torch import Tensor


def top_k_router(logits: Tensor, k: int) -> tuple[Tensor, Tensor]:
    n_experts = logits.shape[-1]
    if not 1 <= k <= n_experts:
        raise ValueError(f"k must be in 1..{n_experts}, got {k}")
    wide = torch.promote_types(logits.dtype, torch.float32)
    kept, experts = torch.softmax(logits.to(wide), dim=-1).topk(k, dim=-1)
    weights = kept / kept.sum(dim=-1, keepdim=True)
    return weights.to(logits.dtype), experts
