# drill: top_k_filter
# /// wrong
# fails = "gradients"
# message = "For k >= V the logits are copied by detach().clone(), so no gradient reaches them."
# ///
"""Shows for k >= V and logits that require grad."""
import torch
from torch import Tensor


def top_k_filter(logits: Tensor, k: int) -> Tensor:
    if k < 1:
        raise ValueError("k must be at least 1")
    if k >= logits.shape[-1]:
        return logits.detach().clone()
    threshold = torch.topk(logits.detach(), k, dim=-1).values[..., -1:]
    return logits.masked_fill(logits < threshold, float("-inf"))
