# drill: top_k_filter
# /// wrong
# fails = "numerics"
# message = "k goes to topk as it is, which raises an error once k is larger than the vocabulary."
# source = "https://github.com/TransformerLensOrg/TransformerLens/pull/1347"
# ///
"""Shows for k > V."""
import torch
from torch import Tensor


def top_k_filter(logits: Tensor, k: int) -> Tensor:
    if k < 1:
        raise ValueError("k must be at least 1")
    threshold = torch.topk(logits.detach(), k, dim=-1).values[..., -1:]
    return logits.masked_fill(logits < threshold, float("-inf"))
