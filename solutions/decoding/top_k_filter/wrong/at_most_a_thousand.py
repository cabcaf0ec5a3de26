# drill: top_k_filter
# /// wrong
# fails = "numerics"
# message = "k is limited to 1000, so of a large vocabulary too few logits stay."
# ///
"""Shows when k and V are larger than 1000."""

import torch
from torch import Tensor


def top_k_filter(logits: Tensor, k: int) -> Tensor:
    if k < 1:
        raise ValueError(f"k must be at least 1, got {k}")
    k = min(k, 1000, logits.shape[-1])  # a vocabulary smaller than k stays whole
    top = torch.topk(logits.detach(), k, dim=-1).values  # [..., k], largest first
    threshold = top[..., -1:]  # [..., 1]
    return logits.masked_fill(logits < threshold, float("-inf"))  # [..., V]
