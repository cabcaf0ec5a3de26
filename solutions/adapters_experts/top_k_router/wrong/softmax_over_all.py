# drill: top_k_router
# /// wrong
# fails = "numerics"
# message = "The softmax runs over all experts and is not renormalised, so the kept weights sum to less than 1."
# source = "https://github.com/NVIDIA/Megatron-LM/issues/1593"
# ///
"""Shows when k < E."""

import torch
from torch import Tensor


def top_k_router(logits: Tensor, k: int) -> tuple[Tensor, Tensor]:
    n_experts = logits.shape[-1]
    if not 1 <= k <= n_experts:
        raise ValueError(f"k must be in 1..{n_experts}, got {k}")
    wide = torch.promote_types(logits.dtype, torch.float32)
    probs = torch.softmax(logits.to(wide), dim=-1)
    weights, experts = torch.topk(probs, k, dim=-1)
    return weights.to(logits.dtype), experts
