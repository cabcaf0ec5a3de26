# drill: top_k_filter
# /// wrong
# fails = "shape"
# message = "The top k are taken along dimension 1, which is the vocabulary for two dimensions only."
# source = "https://github.com/Dao-AILab/flash-attention/pull/2779"
# ///
"""Shows for 1-D logits (an error) and for three or more dimensions (the wrong axis is filtered)."""
import torch
from torch import Tensor


def top_k_filter(logits: Tensor, k: int) -> Tensor:
    if k < 1:
        raise ValueError("k must be at least 1")
    k = min(k, logits.shape[1])
    threshold = torch.topk(logits.detach(), k, dim=1).values.narrow(1, k - 1, 1)
    return logits.masked_fill(logits < threshold, float("-inf"))
