# drill: top_k_filter
# /// wrong
# fails = "numerics"
# message = "Equal logits are counted once, so the threshold is the k-th largest distinct value and too many stay."
# ///
"""Shows when logits above the threshold repeat, such as [3, 3, 2, 1] at k = 2."""
import torch
from torch import Tensor


def top_k_filter(logits: Tensor, k: int) -> Tensor:
    if k < 1:
        raise ValueError("k must be at least 1")
    rows = []
    for row in logits.reshape(-1, logits.shape[-1]):
        distinct = row.detach().unique().flip(0)
        threshold = distinct[min(k, len(distinct)) - 1]
        rows.append(row.masked_fill(row < threshold, float("-inf")))
    return torch.stack(rows).reshape(logits.shape)
