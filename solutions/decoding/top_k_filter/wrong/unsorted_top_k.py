# drill: top_k_filter
# /// wrong
# fails = "numerics"
# message = "topk(sorted=False) promises no order, so the value taken need not be the least of the k."
# ///
"""Shows for k >= 2 wherever topk does not happen to begin with its least value; the threshold is then too high."""
import torch
from torch import Tensor


def top_k_filter(logits: Tensor, k: int) -> Tensor:
    if k < 1:
        raise ValueError("k must be at least 1")
    k = min(k, logits.shape[-1])
    threshold = torch.topk(logits.detach(), k, dim=-1, sorted=False).values[..., :1]
    return logits.masked_fill(logits < threshold, float("-inf"))
