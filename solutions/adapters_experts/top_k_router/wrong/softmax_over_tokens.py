# drill: top_k_router
# /// wrong
# fails = "numerics"
# message = "The softmax runs along the tokens, so each column sums to 1 and a token's weights depend on the others."
# source = "https://github.com/deepspeedai/DeepSpeed/issues/2110"
# ///
"""Shows always but for N = k = 1."""

import torch
from torch import Tensor


def top_k_router(logits: Tensor, k: int) -> tuple[Tensor, Tensor]:
    n_experts = logits.shape[-1]
    if not 1 <= k <= n_experts:
        raise ValueError(f"k must be in 1..{n_experts}, got {k}")
    kept, experts = torch.topk(logits, k, dim=-1)
    wide = torch.promote_types(logits.dtype, torch.float32)
    weights = torch.softmax(kept.to(wide), dim=0)
    return weights.to(logits.dtype), experts
