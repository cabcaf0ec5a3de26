# drill: top_k_filter
"""Finds the threshold as the (V - k + 1)-th smallest with kthvalue; no filter at all once k reaches V."""
import torch
from torch import Tensor


def top_k_filter(logits: Tensor, k: int) -> Tensor:
    if k <= 0:
        raise ValueError("k must be positive")
    size = logits.size(-1)
    if k >= size:
        return logits.clone()
    threshold = logits.detach().kthvalue(size - k + 1, dim=-1, keepdim=True).values
    out = logits.clone()
    out[logits < threshold] = -torch.inf
    return out
