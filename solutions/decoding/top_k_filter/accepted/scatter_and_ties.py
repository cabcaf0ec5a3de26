# drill: top_k_filter
"""Scatters a mask from the top-k indices, then adds whatever equals the least value kept."""
import torch
from torch import Tensor


def top_k_filter(logits: Tensor, k: int) -> Tensor:
    if k < 1:
        raise ValueError("k must be positive")
    with torch.no_grad():
        values, index = logits.topk(min(k, logits.shape[-1]), dim=-1)
        keep = torch.zeros_like(logits, dtype=torch.bool)
        keep.scatter_(-1, index, True)
        keep |= logits == values.amin(dim=-1, keepdim=True)
    return logits.masked_fill(keep.logical_not(), float("-inf"))
