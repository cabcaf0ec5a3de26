# drill: top_k_router
# /// wrong
# fails = "numerics"
# message = "Dropped logits are set to -10000 and not to minus infinity, so they count where kept logits are as low."
# ///
"""Shows when k < E and the kept logits of a row are near -1e4, in float64, float32 and bfloat16."""

import torch
from torch import Tensor


def top_k_router(logits: Tensor, k: int) -> tuple[Tensor, Tensor]:
    n_experts = logits.shape[-1]
    if not 1 <= k <= n_experts:
        raise ValueError(f"k must be in 1..{n_experts}, got {k}")
    kept, experts = torch.topk(logits, k, dim=-1)
    wide = torch.promote_types(logits.dtype, torch.float32)
    dropped = torch.ones_like(logits, dtype=torch.bool).scatter(-1, experts, False)
    full = torch.softmax(logits.to(wide).masked_fill(dropped, -1e4), dim=-1)
    weights = full.gather(-1, experts)
    return weights.to(logits.dtype), experts
