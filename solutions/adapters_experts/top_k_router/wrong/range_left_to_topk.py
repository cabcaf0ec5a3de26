# drill: top_k_router
# /// wrong
# fails = "contract"
# message = "k is not checked: topk raises a RuntimeError for a large k and accepts 0."
# source = "https://github.com/deepspeedai/DeepSpeed/pull/8155"
# ///
"""Shows with k > E and with k = 0."""

import torch
from torch import Tensor


def top_k_router(logits: Tensor, k: int) -> tuple[Tensor, Tensor]:
    kept, experts = torch.topk(logits, k, dim=-1)
    wide = torch.promote_types(logits.dtype, torch.float32)
    weights = torch.softmax(kept.to(wide), dim=-1)
    return weights.to(logits.dtype), experts
