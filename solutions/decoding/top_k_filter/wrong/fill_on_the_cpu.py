# drill: top_k_filter
# /// wrong
# fails = "gpu"
# message = "The tensor of -inf is created without a device, so it lies on the CPU while the logits lie elsewhere."
# ///
"""Shows when the logits lie on any device but the CPU."""
import torch
from torch import Tensor


def top_k_filter(logits: Tensor, k: int) -> Tensor:
    if k < 1:
        raise ValueError("k must be at least 1")
    k = min(k, logits.shape[-1])
    threshold = torch.topk(logits.detach(), k, dim=-1).values[..., -1:]
    dropped = torch.full(logits.shape, float("-inf"), dtype=logits.dtype)
    return torch.where(logits < threshold, dropped, logits)
