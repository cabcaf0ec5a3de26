# drill: top_k_router
"""Takes the maximum k times over what is left, and normalises by the log-sum-exp of what it took."""

import torch
from torch import Tensor


def top_k_router(logits: Tensor, k: int) -> tuple[Tensor, Tensor]:
    if k <= 0 or k > logits.shape[1]:
        raise ValueError(k)
    left = logits.detach().clone()
    chosen = []
    for _ in range(k):
        best = left.max(dim=1, keepdim=True).indices
        chosen.append(best)
        left.scatter_(1, best, float("-inf"))
    experts = torch.cat(chosen, dim=1)
    kept = torch.take_along_dim(logits, experts, dim=1)
    kept = kept.to(torch.promote_types(kept.dtype, torch.float32))
    weights = torch.exp(kept - torch.logsumexp(kept, dim=1, keepdim=True))
    return weights.to(logits.dtype), experts
