# drill: top_k_filter
# /// wrong
# fails = "numerics"
# message = "float64 logits are compared in float32, where distinct logits tie, so more than the k largest stay."
# ///
"""Shows for float64 logits around the k-th largest that differ by less than float32 can tell, such as 1 and 1 +
1e-12."""
import torch
from torch import Tensor


def top_k_filter(logits: Tensor, k: int) -> Tensor:
    if k < 1:
        raise ValueError("k must be at least 1")
    k = min(k, logits.shape[-1])
    wide = logits.detach().float()
    threshold = torch.topk(wide, k, dim=-1).values[..., -1:]
    return logits.masked_fill(wide < threshold, float("-inf"))
