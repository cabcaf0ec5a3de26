# drill: top_k_filter
# /// wrong
# fails = "gradients"
# message = "The filter works on .data, so no gradient reaches the logits that were kept."
# ///
"""Shows whenever the logits require grad."""
import torch
from torch import Tensor


def top_k_filter(logits: Tensor, k: int) -> Tensor:
    if k < 1:
        raise ValueError("k must be at least 1")
    k = min(k, logits.shape[-1])
    values = logits.data
    threshold = torch.topk(values, k, dim=-1).values[..., -1:]
    return values.masked_fill(values < threshold, float("-inf"))
