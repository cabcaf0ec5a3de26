# drill: top_k_router
# /// wrong
# fails = "gradients"
# message = "The sum of the exponentials is detached, so the gradient lacks the pull of the normaliser."
# ///
"""Shows in the gradient of logits: it is w_j g_j and not w_j (g_j - sum_i w_i g_i)."""

import torch
from torch import Tensor


def top_k_router(logits: Tensor, k: int) -> tuple[Tensor, Tensor]:
    n_experts = logits.shape[-1]
    if not 1 <= k <= n_experts:
        raise ValueError(f"k must be in 1..{n_experts}, got {k}")
    kept, experts = torch.topk(logits, k, dim=-1)
    wide = torch.promote_types(logits.dtype, torch.float32)
    kept = kept.to(wide)
    exps = torch.exp(kept - kept[:, :1].detach())
    weights = exps / exps.sum(dim=-1, keepdim=True).detach()
    return weights.to(logits.dtype), experts
