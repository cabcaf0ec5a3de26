# drill: top_k_filter
# /// wrong
# fails = "numerics"
# message = "Dropped logits become 1e-10 instead of -inf, which is more than most logits and makes them likely."
# source = "https://github.com/karpathy/minGPT/issues/10"
# ///
"""Shows whenever a logit is dropped."""
import torch
from torch import Tensor


def top_k_filter(logits: Tensor, k: int) -> Tensor:
    if k < 1:
        raise ValueError("k must be at least 1")
    k = min(k, logits.shape[-1])
    threshold = torch.topk(logits.detach(), k, dim=-1).values[..., -1:]
    return logits.masked_fill(logits < threshold, 1e-10)
