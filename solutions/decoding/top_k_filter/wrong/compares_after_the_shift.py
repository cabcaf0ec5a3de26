# drill: top_k_filter
# /// wrong
# fails = "numerics"
# message = "The row maximum is subtracted first, and the rounding of the difference makes distinct logits tie."
# ///
"""Shows where the largest logit is far above the k-th, such as [9984, 1 + 1e-12, 1] at k = 2 in float64, and in every
dtype."""
import torch
from torch import Tensor


def top_k_filter(logits: Tensor, k: int) -> Tensor:
    if k < 1:
        raise ValueError("k must be at least 1")
    k = min(k, logits.shape[-1])
    shifted = (logits - logits.amax(dim=-1, keepdim=True)).detach()
    threshold = torch.topk(shifted, k, dim=-1).values[..., -1:]
    return logits.masked_fill(shifted < threshold, float("-inf"))
