# drill: top_k_filter
# /// wrong
# fails = "shape"
# message = "view() needs a contiguous layout, so transposed logits raise an error."
# ///
"""Shows for non-contiguous logits of two or more dimensions whose leading dimensions cannot be merged, such as a
permuted 3-D tensor."""
import torch
from torch import Tensor


def top_k_filter(logits: Tensor, k: int) -> Tensor:
    if k < 1:
        raise ValueError("k must be at least 1")
    k = min(k, logits.shape[-1])
    rows = logits.view(-1, logits.shape[-1])
    threshold = torch.topk(rows.detach(), k, dim=-1).values[..., -1:]
    return rows.masked_fill(rows < threshold, float("-inf")).view(logits.shape)
