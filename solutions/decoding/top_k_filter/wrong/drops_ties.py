# drill: top_k_filter
# /// wrong
# fails = "numerics"
# message = "The k indices of topk are scattered, so of several logits that tie with the k-th only some stay."
# source = "https://github.com/vllm-project/vllm/pull/15478"
# ///
"""Shows when the k-th largest logit occurs more often than it is counted among the k largest, such as [1, 2, 2, 2, 3]
at k = 3."""
import torch
from torch import Tensor


def top_k_filter(logits: Tensor, k: int) -> Tensor:
    if k < 1:
        raise ValueError("k must be at least 1")
    values, index = logits.topk(min(k, logits.shape[-1]), dim=-1)
    return torch.full_like(logits, float("-inf")).scatter(-1, index, values)
