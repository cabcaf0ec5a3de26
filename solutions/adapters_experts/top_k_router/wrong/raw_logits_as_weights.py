# drill: top_k_router
# /// wrong
# fails = "numerics"
# message = "The kept logits themselves are returned as weights: unnormalised, and negative where a logit is."
# source = "https://github.com/sgl-project/sglang/pull/35160"
# ///
"""Shows always but for rows whose kept logits are a distribution by chance."""

import torch
from torch import Tensor


def top_k_router(logits: Tensor, k: int) -> tuple[Tensor, Tensor]:
    n_experts = logits.shape[-1]
    if not 1 <= k <= n_experts:
        raise ValueError(f"k must be in 1..{n_experts}, got {k}")
    kept, experts = torch.topk(logits, k, dim=-1)
    wide = torch.promote_types(logits.dtype, torch.float32)
    weights = kept.to(wide)
    return weights.to(logits.dtype), experts
