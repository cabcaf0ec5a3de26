# drill: top_k_router
"""Softmax over all experts first, then the k largest probabilities, divided by their sum."""

import torch
from torch import Tensor


def top_k_router(logits: Tensor, k: int) -> tuple[Tensor, Tensor]:
    if k < 1 or k > logits.size(1):
        raise ValueError("k out of range")
    dtype = torch.float64 if logits.dtype == torch.float64 else torch.float32
    experts = logits.topk(k).indices  # of the logits: small probabilities can underflow and tie
    probs = logits.softmax(dim=1, dtype=dtype).gather(1, experts)
    probs = probs / probs.sum(dim=1, keepdim=True)
    return probs.to(logits.dtype), experts
