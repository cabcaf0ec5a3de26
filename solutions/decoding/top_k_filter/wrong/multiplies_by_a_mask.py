# drill: top_k_filter
# /// wrong
# fails = "numerics"
# message = "Multiplying by a 0/1 mask sets dropped logits to 0, which is an ordinary logit, instead of -inf."
# source = "https://github.com/sgl-project/sglang-jax/pull/1563"
# ///
"""Shows whenever a logit is dropped: the result holds 0 there."""
import torch
from torch import Tensor


def top_k_filter(logits: Tensor, k: int) -> Tensor:
    if k < 1:
        raise ValueError("k must be at least 1")
    k = min(k, logits.shape[-1])
    threshold = torch.topk(logits.detach(), k, dim=-1).values[..., -1:]
    return torch.where(logits < threshold, logits * 0, logits)
