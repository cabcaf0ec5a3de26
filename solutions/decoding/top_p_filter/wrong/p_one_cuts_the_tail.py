# drill: top_p_filter
# /// wrong
# fails = "numerics"
# message = "p = 1 has no case of its own, so it cuts the tail once the rounded cumulative sum reaches 1."
# ///
"""Shows for p = 1 on rows so peaked that the mass above some token rounds to 1, such as [30, 0, -1] in float32 or
[300, 0] in any dtype."""
import torch
from torch import Tensor


def top_p_filter(logits: Tensor, p: float) -> Tensor:
    if not 0 < p <= 1:
        raise ValueError("p outside (0, 1]")
    ranked, order = logits.detach().sort(dim=-1, descending=True)
    probs = torch.softmax(ranked, dim=-1, dtype=torch.promote_types(logits.dtype, torch.float32))
    stays = probs.cumsum(dim=-1) - probs < p
    stays[..., 0] = True
    keep = torch.zeros_like(stays).scatter(-1, order, stays)
    return logits.masked_fill(~keep, float("-inf"))
