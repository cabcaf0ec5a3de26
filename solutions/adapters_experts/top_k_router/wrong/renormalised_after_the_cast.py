# drill: top_k_router
# /// wrong
# fails = "gpu"
# message = "The probabilities are cast back first and divided by their sum in half precision, which rounds a second time."
# ///
"""Shows in bfloat16 and float16: weights off by more than one unit in the last place."""

import torch
from torch import Tensor


def top_k_router(logits: Tensor, k: int) -> tuple[Tensor, Tensor]:
    n_experts = logits.shape[-1]
    if not 1 <= k <= n_experts:
        raise ValueError(f"k must be in 1..{n_experts}, got {k}")
    wide = torch.promote_types(logits.dtype, torch.float32)
    experts = logits.topk(k, dim=-1).indices
    kept = torch.softmax(logits.to(wide), dim=-1).to(logits.dtype).gather(-1, experts)
    return kept / kept.sum(dim=-1, keepdim=True), experts
