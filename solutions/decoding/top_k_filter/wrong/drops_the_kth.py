# drill: top_k_filter
# /// wrong
# fails = "numerics"
# message = "The comparison is <=, so the k-th largest itself is dropped, and for k = 1 nothing stays."
# ///
"""Shows for every k < V; for k = 1 the whole row becomes -inf."""
import torch
from torch import Tensor


def top_k_filter(logits: Tensor, k: int) -> Tensor:
    if k < 1:
        raise ValueError("k must be at least 1")
    if k >= logits.shape[-1]:
        return logits.clone()
    threshold = torch.topk(logits.detach(), k, dim=-1).values[..., -1:]
    return logits.masked_fill(logits <= threshold, float("-inf"))
