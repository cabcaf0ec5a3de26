# drill: top_k_router
# /// wrong
# fails = "numerics"
# message = "An ascending sort is cut at the end, so the kept experts stand smallest first."
# ///
"""Shows when k > 1 and the kept logits differ."""

import torch
from torch import Tensor


def top_k_router(logits: Tensor, k: int) -> tuple[Tensor, Tensor]:
    n_experts = logits.shape[-1]
    if not 1 <= k <= n_experts:
        raise ValueError(f"k must be in 1..{n_experts}, got {k}")
    experts = torch.argsort(logits, dim=-1)[:, -k:]
    kept = logits.gather(-1, experts)
    wide = torch.promote_types(logits.dtype, torch.float32)
    weights = torch.softmax(kept.to(wide), dim=-1)
    return weights.to(logits.dtype), experts
