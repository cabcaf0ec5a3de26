# drill: top_k_filter
"""Top-k filtering by a threshold.

One number per row decides: the k-th largest logit. Comparing with it keeps all ties, and needs no scatter of indices.
"""
import torch
from torch import Tensor

LEDGER = {
    "top": "[B, T, k]",
    "threshold": "[B, T, 1]",
    "indices": "8*B*k",
    "result": "2*B*V",
}


def top_k_filter(logits: Tensor, k: int) -> Tensor:
    if k < 1:
        raise ValueError(f"k must be at least 1, got {k}")
    k = min(k, logits.shape[-1])  # a vocabulary smaller than k stays whole
    top = torch.topk(logits.detach(), k, dim=-1).values  # [..., k], largest first
    threshold = top[..., -1:]  # [..., 1]
    return logits.masked_fill(logits < threshold, float("-inf"))  # [..., V]
