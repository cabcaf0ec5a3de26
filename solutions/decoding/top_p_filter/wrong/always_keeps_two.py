# drill: top_p_filter
# /// wrong
# fails = "numerics"
# message = "Two tokens stay in every row at least, also where the most probable one reaches p alone."
# ///
"""Shows where the most probable token holds p or more, such as [.4, .3, .2, .1] at p = 0.3."""
import torch
from torch import Tensor


def top_p_filter(logits: Tensor, p: float) -> Tensor:
    if not 0 < p <= 1:
        raise ValueError("p outside (0, 1]")
    if p == 1:
        return logits.clone()
    ranked, order = logits.detach().sort(dim=-1, descending=True)
    probs = torch.softmax(ranked, dim=-1, dtype=torch.promote_types(logits.dtype, torch.float32))
    stays = probs.cumsum(dim=-1) - probs < p
    stays[..., :2] = True
    keep = torch.zeros_like(stays).scatter(-1, order, stays)
    return logits.masked_fill(~keep, float("-inf"))
