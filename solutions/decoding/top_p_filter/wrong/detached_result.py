# drill: top_p_filter
# /// wrong
# fails = "gradients"
# message = "The whole filter runs without a graph, so no gradient reaches the logits that were kept."
# ///
"""Shows whenever the logits require grad."""
import torch
from torch import Tensor


@torch.no_grad()
def top_p_filter(logits: Tensor, p: float) -> Tensor:
    if not 0 < p <= 1:
        raise ValueError("p outside (0, 1]")
    if p == 1:
        return logits.clone()
    ranked, order = logits.sort(dim=-1, descending=True)
    probs = torch.softmax(ranked, dim=-1, dtype=torch.promote_types(logits.dtype, torch.float32))
    stays = probs.cumsum(dim=-1) - probs < p
    stays[..., 0] = True
    keep = torch.zeros_like(stays).scatter(-1, order, stays)
    return logits.masked_fill(~keep, float("-inf"))
