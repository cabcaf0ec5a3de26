# drill: top_k_filter
# /// wrong
# fails = "contract"
# message = "k = 0 is taken as no filter, a common convention, but here k below 1 is to raise a ValueError."
# source = "https://github.com/google-deepmind/gemma/pull/789"
# ///
"""Shows for k = 0."""
import torch
from torch import Tensor


def top_k_filter(logits: Tensor, k: int) -> Tensor:
    if k < 0:
        raise ValueError("k must not be negative")
    if k == 0:
        return logits.clone()
    k = min(k, logits.shape[-1])
    threshold = torch.topk(logits.detach(), k, dim=-1).values[..., -1:]
    return logits.masked_fill(logits < threshold, float("-inf"))
