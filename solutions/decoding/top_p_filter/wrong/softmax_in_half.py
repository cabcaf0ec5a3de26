# drill: top_p_filter
# /// wrong
# fails = "numerics"
# message = "Probabilities are added up in half precision, whose rounding errors move the edge of the nucleus."
# source = "https://github.com/cactus-compute/cactus/pull/508"
# ///
"""Shows for bfloat16 and float16 logits with some hundred tokens or more of similar probability, such as 1000 random
logits at p = 0.9."""
import torch
from torch import Tensor


def top_p_filter(logits: Tensor, p: float) -> Tensor:
    if not 0 < p <= 1:
        raise ValueError("p outside (0, 1]")
    if p == 1:
        return logits.clone()
    ranked, order = logits.detach().sort(dim=-1, descending=True)
    probs = torch.softmax(ranked, dim=-1)
    stays = probs.cumsum(dim=-1) - probs < p
    stays[..., 0] = True
    keep = torch.zeros_like(stays).scatter(-1, order, stays)
    return logits.masked_fill(~keep, float("-inf"))
