# drill: top_k_filter
"""Counts how many logits of the row are strictly larger, by binary search in the sorted row; fewer than k stays."""
import torch
from torch import Tensor


def top_k_filter(logits: Tensor, k: int) -> Tensor:
    if k < 1:
        raise ValueError("k must be positive")
    values = logits.detach().contiguous()
    ascending = values.sort(dim=-1).values
    not_larger = torch.searchsorted(ascending, values, right=True)  # logits at or below each one, [..., V]
    larger = logits.shape[-1] - not_larger
    return torch.where(larger < k, logits, torch.full_like(logits, float("-inf")))
