# drill: top_k_filter
# /// wrong
# fails = "numerics"
# message = "The mask marks the logits to keep, and those are the ones that are set to -inf."
# source = "https://github.com/EricLBuehler/mistral.rs/pull/1316"
# ///
"""Shows always: the largest logit is lost."""
import torch
from torch import Tensor


def top_k_filter(logits: Tensor, k: int) -> Tensor:
    if k < 1:
        raise ValueError("k must be at least 1")
    k = min(k, logits.shape[-1])
    threshold = torch.topk(logits.detach(), k, dim=-1).values[..., -1:]
    return logits.masked_fill(logits >= threshold, float("-inf"))
