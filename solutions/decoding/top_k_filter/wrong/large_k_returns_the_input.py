# drill: top_k_filter
# /// wrong
# fails = "contract"
# message = "For k >= V the input itself is returned, so whoever writes into the result changes the logits."
# ///
"""Shows for k >= V: result and argument share memory."""
import torch
from torch import Tensor


def top_k_filter(logits: Tensor, k: int) -> Tensor:
    if k < 1:
        raise ValueError("k must be at least 1")
    if k >= logits.shape[-1]:
        return logits
    threshold = torch.topk(logits.detach(), k, dim=-1).values[..., -1:]
    return logits.masked_fill(logits < threshold, float("-inf"))
