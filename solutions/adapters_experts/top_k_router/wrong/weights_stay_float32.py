# drill: top_k_router
# /// wrong
# fails = "shape"
# message = "The weights are not cast back, so half-precision logits come back as float32 weights."
# ///
"""Shows in bfloat16 and float16: the dtype of the weights."""

import torch
from torch import Tensor


def top_k_router(logits: Tensor, k: int) -> tuple[Tensor, Tensor]:
    n_experts = logits.shape[-1]
    if not 1 <= k <= n_experts:
        raise ValueError(f"k must be in 1..{n_experts}, got {k}")
    kept, experts = torch.topk(logits, k, dim=-1)
    wide = torch.promote_types(logits.dtype, torch.float32)
    weights = torch.softmax(kept.to(wide), dim=-1)
    return weights, experts
