# drill: top_k_router
# /// wrong
# fails = "numerics"
# message = "A taken logit is replaced by 0, which beats every negative one, so an expert is taken twice."
# source = "https://github.com/vllm-project/vllm/pull/13474"
# ///
"""Shows when k > 1 and fewer than k logits of a row are positive."""

import torch
from torch import Tensor


def top_k_router(logits: Tensor, k: int) -> tuple[Tensor, Tensor]:
    n_experts = logits.shape[-1]
    if not 1 <= k <= n_experts:
        raise ValueError(f"k must be in 1..{n_experts}, got {k}")
    left = logits.detach().clone()
    chosen = []
    for _ in range(k):
        best = left.argmax(dim=-1, keepdim=True)
        chosen.append(best)
        left.scatter_(-1, best, 0.0)
    experts = torch.cat(chosen, dim=-1)
    kept = logits.gather(-1, experts)
    wide = torch.promote_types(logits.dtype, torch.float32)
    weights = torch.softmax(kept.to(wide), dim=-1)
    return weights.to(logits.dtype), experts
