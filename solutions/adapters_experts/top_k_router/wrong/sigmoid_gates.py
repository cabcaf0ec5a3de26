# drill: top_k_router
# /// wrong
# fails = "numerics"
# message = "Sigmoid scores divided by their sum are another router: their ratios are not those of a softmax."
# source = "https://arxiv.org/abs/2412.19437"
# ///
"""Shows when k > 1 and the kept logits differ."""

import torch
from torch import Tensor


def top_k_router(logits: Tensor, k: int) -> tuple[Tensor, Tensor]:
    n_experts = logits.shape[-1]
    if not 1 <= k <= n_experts:
        raise ValueError(f"k must be in 1..{n_experts}, got {k}")
    kept, experts = torch.topk(logits, k, dim=-1)
    wide = torch.promote_types(logits.dtype, torch.float32)
    gates = torch.sigmoid(kept.to(wide)) + 1e-30
    weights = gates / gates.sum(dim=-1, keepdim=True)
    return weights.to(logits.dtype), experts
