# drill: top_p_filter
# /// wrong
# fails = "numerics"
# message = "No cumulative sum exceeds p = 1, and argmax over all False is 0, so only the most probable token stays."
# source = "https://github.com/BlinkDL/ChatRWKV/pull/170"
# ///
"""Shows for p = 1 with V >= 2, and for p so near 1 that the rounded cumulative sum never exceeds it."""
import torch
from torch import Tensor


def top_p_filter(logits: Tensor, p: float) -> Tensor:
    if not 0 < p <= 1:
        raise ValueError("p outside (0, 1]")
    ranked = logits.detach().sort(dim=-1, descending=True).values
    probs = torch.softmax(ranked, dim=-1, dtype=torch.promote_types(logits.dtype, torch.float32))
    last = (probs.cumsum(dim=-1) > p).int().argmax(dim=-1, keepdim=True)
    return logits.masked_fill(logits < ranked.gather(-1, last), float("-inf"))
