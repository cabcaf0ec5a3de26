# drill: top_k_router
# /// wrong
# fails = "contract"
# message = "Taken logits are overwritten with minus infinity in the tensor that was passed in."
# ///
"""Shows on every input: logits are changed (an error for a leaf that requires grad, and for expanded views)."""

import torch
from torch import Tensor


def top_k_router(logits: Tensor, k: int) -> tuple[Tensor, Tensor]:
    n_experts = logits.shape[-1]
    if not 1 <= k <= n_experts:
        raise ValueError(f"k must be in 1..{n_experts}, got {k}")
    values, chosen = [], []
    for _ in range(k):
        value, best = logits.max(dim=-1, keepdim=True)
        values.append(value)
        chosen.append(best)
        logits.scatter_(-1, best, float("-inf"))
    kept, experts = torch.cat(values, dim=-1), torch.cat(chosen, dim=-1)
    wide = torch.promote_types(logits.dtype, torch.float32)
    weights = torch.softmax(kept.to(wide), dim=-1)
    return weights.to(logits.dtype), experts
