# drill: top_p_filter
# /// wrong
# fails = "numerics"
# message = "The rows are sorted ascending, so the least probable tokens are taken first and the nucleus is the tail."
# source = "https://github.com/aburkov/theLMbook/issues/18"
# ///
"""Shows whenever p < 1 and the probabilities of a row differ."""
import torch
from torch import Tensor


def top_p_filter(logits: Tensor, p: float) -> Tensor:
    if not 0 < p <= 1:
        raise ValueError("p outside (0, 1]")
    if p == 1:
        return logits.clone()
    ranked, order = logits.detach().sort(dim=-1)
    probs = torch.softmax(ranked, dim=-1, dtype=torch.promote_types(logits.dtype, torch.float32))
    stays = probs.cumsum(dim=-1) - probs < p
    stays[..., 0] = True
    keep = torch.zeros_like(stays).scatter(-1, order, stays)
    return logits.masked_fill(~keep, float("-inf"))
