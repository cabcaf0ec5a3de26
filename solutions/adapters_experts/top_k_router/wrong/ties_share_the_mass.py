# drill: top_k_router
# /// wrong
# fails = "numerics"
# message = "Every logit equal to the k-th largest enters the softmax, so with ties more than k share the mass."
# source = "https://github.com/vllm-project/vllm/issues/15478"
# ///
"""Shows when logits tie at the k-th place; common in bfloat16."""

import torch
from torch import Tensor


def top_k_router(logits: Tensor, k: int) -> tuple[Tensor, Tensor]:
    n_experts = logits.shape[-1]
    if not 1 <= k <= n_experts:
        raise ValueError(f"k must be in 1..{n_experts}, got {k}")
    kept, experts = torch.topk(logits, k, dim=-1)
    wide = torch.promote_types(logits.dtype, torch.float32)
    enters = logits >= kept[:, -1:]
    full = torch.softmax(logits.to(wide).masked_fill(~enters, float("-inf")), dim=-1)
    weights = full.gather(-1, experts)
    return weights.to(logits.dtype), experts
