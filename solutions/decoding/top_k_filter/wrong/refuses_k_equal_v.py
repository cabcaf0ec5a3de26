# drill: top_k_filter
# /// wrong
# fails = "numerics"
# message = "k = V is refused with an error, though keeping the whole vocabulary is asked to change nothing."
# source = "https://github.com/ml-explore/mlx-lm/pull/1377"
# ///
"""Shows for k = V (and V = 1 with any k)."""
import torch
from torch import Tensor


def top_k_filter(logits: Tensor, k: int) -> Tensor:
    if k < 1:
        raise ValueError("k must be at least 1")
    if k == logits.shape[-1]:
        raise ValueError("k must be smaller than the vocabulary")
    k = min(k, logits.shape[-1])
    threshold = torch.topk(logits.detach(), k, dim=-1).values[..., -1:]
    return logits.masked_fill(logits < threshold, float("-inf"))
