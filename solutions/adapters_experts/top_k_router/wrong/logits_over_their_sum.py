# drill: top_k_router
# /// wrong
# fails = "numerics"
# message = "The kept logits are divided by their sum in place of a softmax, which is no distribution once signs mix."
# ///
"""Shows when k > 1 and the kept logits differ (two equal positive logits come out right)."""

import torch
from torch import Tensor


def top_k_router(logits: Tensor, k: int) -> tuple[Tensor, Tensor]:
    n_experts = logits.shape[-1]
    if not 1 <= k <= n_experts:
        raise ValueError(f"k must be in 1..{n_experts}, got {k}")
    kept, experts = torch.topk(logits, k, dim=-1)
    wide = torch.promote_types(logits.dtype, torch.float32)
    weights = kept.to(wide) / kept.to(wide).sum(dim=-1, keepdim=True)
    return weights.to(logits.dtype), experts
