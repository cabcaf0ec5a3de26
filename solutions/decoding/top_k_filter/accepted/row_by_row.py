# drill: top_k_filter
"""Plain Python: sorts each row as a list, and writes the survivors into a fresh row of -inf."""
import torch
from torch import Tensor


def _filter_row(row: Tensor, k: int) -> Tensor:
    values = row.tolist()
    limit = sorted(values, reverse=True)[min(k, len(values)) - 1]
    keep = torch.tensor([value >= limit for value in values], device=row.device)
    return torch.where(keep, row, torch.full_like(row, float("-inf")))


def top_k_filter(logits: Tensor, k: int) -> Tensor:
    if k < 1:
        raise ValueError("k must be positive")
    rows = logits.reshape(-1, logits.shape[-1])
    return torch.stack([_filter_row(row, k) for row in rows]).reshape(logits.shape)
