# drill: top_k_filter
# /// wrong
# fails = "numerics"
# message = "min() without a dimension takes the least threshold of all rows, so rows with larger logits keep too many."
# source = "https://github.com/ml-explore/mlx-lm/pull/1575"
# ///
"""Shows for two or more rows whose k-th largest logits differ; a single row is right."""
import torch
from torch import Tensor


def top_k_filter(logits: Tensor, k: int) -> Tensor:
    if k < 1:
        raise ValueError("k must be at least 1")
    k = min(k, logits.shape[-1])
    threshold = torch.topk(logits.detach(), k, dim=-1).values.min()
    return logits.masked_fill(logits < threshold, float("-inf"))
