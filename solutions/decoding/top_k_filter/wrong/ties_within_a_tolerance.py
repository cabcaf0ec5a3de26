# drill: top_k_filter
# /// wrong
# fails = "numerics"
# message = "isclose counts logits a little below the k-th largest as ties, so more than those that equal it stay."
# ///
"""Shows where a logit below the k-th largest is within 1e-5 relative or 1e-8 of it, such as 1 and 1 - 1e-12 in
float64."""
import torch
from torch import Tensor


def top_k_filter(logits: Tensor, k: int) -> Tensor:
    if k < 1:
        raise ValueError("k must be at least 1")
    k = min(k, logits.shape[-1])
    threshold = torch.topk(logits.detach(), k, dim=-1).values[..., -1:]
    below = (logits < threshold) & ~torch.isclose(logits, threshold)
    return logits.masked_fill(below, float("-inf"))
