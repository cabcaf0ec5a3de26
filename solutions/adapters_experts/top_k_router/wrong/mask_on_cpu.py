# drill: top_k_router
# /// wrong
# fails = "gpu"
# message = "The additive mask is created on the CPU, and adding it to logits on another device fails."
# ///
"""Shows when logits are not on the CPU."""

import torch
from torch import Tensor


def top_k_router(logits: Tensor, k: int) -> tuple[Tensor, Tensor]:
    n_experts = logits.shape[-1]
    if not 1 <= k <= n_experts:
        raise ValueError(f"k must be in 1..{n_experts}, got {k}")
    kept, experts = torch.topk(logits, k, dim=-1)
    wide = torch.promote_types(logits.dtype, torch.float32)
    mask = torch.full(logits.shape, float("-inf"), dtype=wide)
    mask.scatter_(-1, experts, 0.0)
    weights = torch.softmax(logits.to(wide) + mask, dim=-1).gather(-1, experts)
    return weights.to(logits.dtype), experts
