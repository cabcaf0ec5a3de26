# drill: top_k_router
# /// wrong
# fails = "finiteness"
# message = "exp is taken of the logits as they are, without the row maximum off, and overflows to inf / inf."
# ///
"""Shows for kept logits above 88 (709 in float64), and 0 / 0 for rows whose logits are all far below zero."""

import torch
from torch import Tensor


def top_k_router(logits: Tensor, k: int) -> tuple[Tensor, Tensor]:
    n_experts = logits.shape[-1]
    if not 1 <= k <= n_experts:
        raise ValueError(f"k must be in 1..{n_experts}, got {k}")
    kept, experts = torch.topk(logits, k, dim=-1)
    wide = torch.promote_types(logits.dtype, torch.float32)
    exps = torch.exp(kept.to(wide))
    weights = exps / exps.sum(dim=-1, keepdim=True)
    return weights.to(logits.dtype), experts
