# drill: top_k_router
# /// wrong
# fails = "numerics"
# message = "The logits are cut to float32 before the selection, so close float64 logits tie and the order is lost."
# ///
"""Shows in float64 when kept logits differ by less than about 1e-7 of their size."""

import torch
from torch import Tensor


def top_k_router(logits: Tensor, k: int) -> tuple[Tensor, Tensor]:
    n_experts = logits.shape[-1]
    if not 1 <= k <= n_experts:
        raise ValueError(f"k must be in 1..{n_experts}, got {k}")
    experts = torch.topk(logits.float(), k, dim=-1).indices
    wide = torch.promote_types(logits.dtype, torch.float32)
    weights = torch.softmax(logits.gather(-1, experts).to(wide), dim=-1)
    return weights.to(logits.dtype), experts
