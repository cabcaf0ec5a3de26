# drill: top_k_router
# /// wrong
# fails = "numerics"
# message = "For k = 1 the probability over all experts is returned, where the softmax over one kept logit is 1."
# source = "https://github.com/NVIDIA/Megatron-LM/commit/5153efea0b"
# ///
"""Shows when k = 1 and E > 1."""

import torch
from torch import Tensor


def top_k_router(logits: Tensor, k: int) -> tuple[Tensor, Tensor]:
    n_experts = logits.shape[-1]
    if not 1 <= k <= n_experts:
        raise ValueError(f"k must be in 1..{n_experts}, got {k}")
    kept, experts = torch.topk(logits, k, dim=-1)
    wide = torch.promote_types(logits.dtype, torch.float32)
    weights = torch.softmax(kept.to(wide), dim=-1)
    if k == 1:
        weights = torch.softmax(logits.to(wide), dim=-1).gather(-1, experts)
    return weights.to(logits.dtype), experts
