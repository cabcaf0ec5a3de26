# drill: top_p_filter
# /// wrong
# fails = "gradients"
# message = "For p = 1 the logits are copied by detach().clone(), so no gradient reaches them."
# ///
"""Shows for p = 1 and logits that require grad."""
import torch
from torch import Tensor


def top_p_filter(logits: Tensor, p: float) -> Tensor:
    if not 0 < p <= 1:
        raise ValueError("p outside (0, 1]")
    if p == 1:
        return logits.detach().clone()
    ranked, order = logits.detach().sort(dim=-1, descending=True)
    probs = torch.softmax(ranked, dim=-1, dtype=torch.promote_types(logits.dtype, torch.float32))
    stays = probs.cumsum(dim=-1) - probs < p
    stays[..., 0] = True
    keep = torch.zeros_like(stays).scatter(-1, order, stays)
    return logits.masked_fill(~keep, float("-inf"))
