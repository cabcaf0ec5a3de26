# drill: top_p_filter
# /// wrong
# fails = "numerics"
# message = "Dropped logits become the lowest finite number, not -inf, so a later mask can leave them to be drawn."
# ///
"""Shows whenever a token is dropped: the result holds finfo.min where -inf is asked for."""
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
    stays[..., 0] = True
    keep = torch.zeros_like(stays).scatter(-1, order, stays)
    return logits.masked_fill(~keep, torch.finfo(logits.dtype).min)
