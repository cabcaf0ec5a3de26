# drill: top_k_filter
# /// wrong
# fails = "numerics"
# message = "kthvalue counts from the smallest, so the threshold is the k-th smallest logit, not the k-th largest."
# ///
"""Shows when V >= 2 and k is not the middle of the row, such as k = 1."""
import torch
from torch import Tensor


def top_k_filter(logits: Tensor, k: int) -> Tensor:
    if k < 1:
        raise ValueError("k must be at least 1")
    k = min(k, logits.shape[-1])
    threshold = logits.detach().kthvalue(k, dim=-1, keepdim=True).values
    return logits.masked_fill(logits < threshold, float("-inf"))
