# drill: top_k_router
# /// wrong
# fails = "numerics"
# message = "Training noise multiplies the logits in every call, so routing and weights change from call to call."
# source = "https://github.com/hpcaitech/ColossalAI/pull/419"
# ///
"""Shows on every input with k > 1: other weights, and the global random state moves."""

import torch
from torch import Tensor


def top_k_router(logits: Tensor, k: int) -> tuple[Tensor, Tensor]:
    n_experts = logits.shape[-1]
    if not 1 <= k <= n_experts:
        raise ValueError(f"k must be in 1..{n_experts}, got {k}")
    jitter = torch.empty_like(logits).uniform_(0.98, 1.02)
    kept, experts = torch.topk(logits * jitter, k, dim=-1)
    wide = torch.promote_types(logits.dtype, torch.float32)
    weights = torch.softmax(kept.to(wide), dim=-1)
    return weights.to(logits.dtype), experts
