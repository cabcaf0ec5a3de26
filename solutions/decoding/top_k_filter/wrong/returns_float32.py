# drill: top_k_filter
# /// wrong
# fails = "shape"
# message = "Half-precision logits come back as float32, though the result must have the dtype of the logits."
# ///
"""Shows for bfloat16 and float16 logits."""
import torch
from torch import Tensor


def top_k_filter(logits: Tensor, k: int) -> Tensor:
    if k < 1:
        raise ValueError("k must be at least 1")
    k = min(k, logits.shape[-1])
    wide = logits.to(torch.promote_types(logits.dtype, torch.float32))
    threshold = torch.topk(wide.detach(), k, dim=-1).values[..., -1:]
    return wide.masked_fill(wide < threshold, float("-inf"))
