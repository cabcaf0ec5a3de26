# drill: top_k_router
# /// wrong
# fails = "shape"
# message = "For k = 1 max() is used, which drops the last dimension, so weights and experts are [N]."
# source = "https://github.com/databricks/megablocks/pull/87"
# ///
"""Shows when k = 1."""

import torch
from torch import Tensor


def top_k_router(logits: Tensor, k: int) -> tuple[Tensor, Tensor]:
    n_experts = logits.shape[-1]
    if not 1 <= k <= n_experts:
        raise ValueError(f"k must be in 1..{n_experts}, got {k}")
    kept, experts = logits.max(dim=-1) if k == 1 else torch.topk(logits, k, dim=-1)
    wide = torch.promote_types(logits.dtype, torch.float32)
    weights = torch.softmax(kept.to(wide), dim=-1)
    return weights.to(logits.dtype), experts
