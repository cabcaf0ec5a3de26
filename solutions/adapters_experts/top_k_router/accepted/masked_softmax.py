# drill: top_k_router
"""Sets every logit that is not kept to minus infinity, takes the softmax over all experts and gathers."""

import torch
from torch import Tensor


def top_k_router(logits: Tensor, k: int) -> tuple[Tensor, Tensor]:
    n_experts = logits.shape[1]
    if k not in range(1, n_experts + 1):
        raise ValueError(f"k = {k} with {n_experts} experts")
    experts = logits.argsort(dim=1, descending=True)[:, :k].contiguous()
    dropped = torch.ones_like(logits, dtype=torch.bool).scatter(1, experts, False)
    scores = logits if logits.dtype == torch.float64 else logits.float()
    full = scores.masked_fill(dropped, float("-inf")).softmax(dim=1)
    return full.gather(1, experts).to(logits.dtype), experts
