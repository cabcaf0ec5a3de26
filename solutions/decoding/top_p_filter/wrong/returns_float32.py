# drill: top_p_filter
# /// wrong
# fails = "shape"
# message = "Half-precision logits come back as float32, though the result must have the dtype of the logits."
# ///
"""Shows for bfloat16 and float16 logits with p < 1."""
import torch
from torch import Tensor


def top_p_filter(logits: Tensor, p: float) -> Tensor:
    if not 0 < p <= 1:
        raise ValueError("p outside (0, 1]")
    if p == 1:
        return logits.clone()
    wide = logits.to(torch.promote_types(logits.dtype, torch.float32))
    ranked, order = wide.detach().sort(dim=-1, descending=True)
    probs = torch.softmax(ranked, dim=-1)
    stays = probs.cumsum(dim=-1) - probs < p
    stays[..., 0] = True
    keep = torch.zeros_like(stays).scatter(-1, order, stays)
    return wide.masked_fill(~keep, float("-inf"))
