# drill: top_p_filter
# /// wrong
# fails = "finiteness"
# message = "One maximum of the whole batch is subtracted before exp, so a row far below it underflows to zeros."
# ///
"""Shows where the rows of a batch differ by more than 100 in their largest logit (750 in float64): all of the row
goes or stays."""
import torch
from torch import Tensor


def top_p_filter(logits: Tensor, p: float) -> Tensor:
    if not 0 < p <= 1:
        raise ValueError("p outside (0, 1]")
    if p == 1:
        return logits.clone()
    wide = logits.detach().to(torch.promote_types(logits.dtype, torch.float32))
    weights = (wide - wide.max()).exp()
    probs = weights / weights.sum(dim=-1, keepdim=True).clamp(min=1e-30)
    ranked, order = probs.sort(dim=-1, descending=True)
    stays = ranked.cumsum(dim=-1) - ranked < p
    keep = torch.zeros_like(stays).scatter(-1, order, stays)
    return logits.masked_fill(~keep, float("-inf"))
