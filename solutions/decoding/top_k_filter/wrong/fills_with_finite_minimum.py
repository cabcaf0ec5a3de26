# drill: top_k_filter
# /// wrong
# fails = "numerics"
# message = "Dropped logits become the lowest finite number, not -inf, so a later mask can leave them to be drawn."
# ///
"""Shows whenever a logit is dropped: the result holds finfo.min where -inf is asked for."""
import torch
from torch import Tensor


def top_k_filter(logits: Tensor, k: int) -> Tensor:
    if k < 1:
        raise ValueError("k must be at least 1")
    k = min(k, logits.shape[-1])
    threshold = torch.topk(logits.detach(), k, dim=-1).values[..., -1:]
    return logits.masked_fill(logits < threshold, torch.finfo(logits.dtype).min)
