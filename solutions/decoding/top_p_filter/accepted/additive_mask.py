# drill: top_p_filter
"""Adds 0 to the kept logits and -inf to the others, the way attention masks are applied."""
import torch
from torch import Tensor


def top_p_filter(logits: Tensor, p: float) -> Tensor:
    if not 0 < p <= 1:
        raise ValueError("p outside (0, 1]")
    if p == 1:
        return logits + 0
    ranked, order = logits.detach().sort(dim=-1, descending=True)
    probs = torch.softmax(ranked, dim=-1, dtype=torch.promote_types(logits.dtype, torch.float32))
    stays = probs.cumsum(dim=-1) - probs < p
    stays[..., 0] = True
    keep = torch.zeros_like(stays).scatter(-1, order, stays)
    bias = torch.zeros_like(logits, requires_grad=False).masked_fill(~keep, float("-inf"))
    return logits + bias
