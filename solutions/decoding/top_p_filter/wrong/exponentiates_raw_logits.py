# drill: top_p_filter
# /// wrong
# fails = "finiteness"
# message = "exp of the raw logits overflows where they are large; the ratios are NaN, and every token is dropped."
# ///
"""Shows for logits above 88 in float32 and half precision and above 709 in float64: whole rows become -inf."""
import torch
from torch import Tensor


def top_p_filter(logits: Tensor, p: float) -> Tensor:
    if not 0 < p <= 1:
        raise ValueError("p outside (0, 1]")
    if p == 1:
        return logits.clone()
    wide = logits.detach().to(torch.promote_types(logits.dtype, torch.float32))
    ranked, order = wide.sort(dim=-1, descending=True)
    weights = ranked.exp()
    probs = weights / weights.sum(dim=-1, keepdim=True)
    mass_above = probs.cumsum(dim=-1) - probs
    stays = (mass_above < p) | (mass_above == 0)
    keep = torch.zeros_like(stays).scatter(-1, order, stays)
    return logits.masked_fill(~keep, float("-inf"))
