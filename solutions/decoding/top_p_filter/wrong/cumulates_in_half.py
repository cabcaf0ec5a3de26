# drill: top_p_filter
# /// wrong
# fails = "numerics"
# message = "Probabilities go back to half precision before they are added up, which moves the edge of the nucleus."
# ///
"""Shows for bfloat16 and float16 logits of a large vocabulary, where a token holds less than a rounding step of the
sum."""
import torch
from torch import Tensor


def top_p_filter(logits: Tensor, p: float) -> Tensor:
    if not 0 < p <= 1:
        raise ValueError("p outside (0, 1]")
    if p == 1:
        return logits.clone()
    ranked, order = logits.detach().sort(dim=-1, descending=True)
    probs = torch.softmax(ranked, dim=-1, dtype=torch.promote_types(logits.dtype, torch.float32)).to(logits.dtype)
    stays = probs.cumsum(dim=-1) - probs < p
    stays[..., 0] = True
    keep = torch.zeros_like(stays).scatter(-1, order, stays)
    return logits.masked_fill(~keep, float("-inf"))
