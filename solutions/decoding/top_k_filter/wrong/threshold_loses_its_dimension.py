# drill: top_k_filter
# /// wrong
# fails = "shape"
# message = "values[..., -1] drops the last dimension, so the thresholds broadcast along the rows' vocabulary."
# source = "https://github.com/huggingface/transformers/pull/338"
# ///
"""Shows for two or more rows: an error, or, where the last leading size equals V, wrong thresholds. 1-D logits and
one row are right."""
import torch
from torch import Tensor


def top_k_filter(logits: Tensor, k: int) -> Tensor:
    if k < 1:
        raise ValueError("k must be at least 1")
    k = min(k, logits.shape[-1])
    threshold = torch.topk(logits.detach(), k, dim=-1).values[..., -1]
    return logits.masked_fill(logits < threshold, float("-inf"))
