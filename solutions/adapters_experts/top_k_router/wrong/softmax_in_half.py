# drill: top_k_router
# /// wrong
# fails = "gpu"
# message = "The softmax is done step by step in the dtype of the logits, and half precision rounds each step."
# source = "https://github.com/ml-explore/mlx-lm/pull/938"
# ///
"""Shows in bfloat16 and float16: weights off by several units in the last place, most with many experts kept."""

import torch
from torch import Tensor


def top_k_router(logits: Tensor, k: int) -> tuple[Tensor, Tensor]:
    n_experts = logits.shape[-1]
    if not 1 <= k <= n_experts:
        raise ValueError(f"k must be in 1..{n_experts}, got {k}")
    kept, experts = torch.topk(logits, k, dim=-1)
    exps = torch.exp(kept - kept[:, :1])
    weights = exps / exps.sum(dim=-1, keepdim=True)
    return weights.to(logits.dtype), experts
