# drill: top_p_filter
# /// wrong
# fails = "numerics"
# message = "The logits themselves are cumulated as if they were probabilities; they must go through the softmax first."
# ///
"""Shows on any logits that are not probabilities, whether negative or of a sum other than 1, with p < 1."""
import torch
from torch import Tensor


def top_p_filter(logits: Tensor, p: float) -> Tensor:
    if not 0 < p <= 1:
        raise ValueError("p outside (0, 1]")
    if p == 1:
        return logits.clone()
    wide = logits.detach().to(torch.promote_types(logits.dtype, torch.float32))
    ranked, order = wide.sort(dim=-1, descending=True)
    stays = ranked.cumsum(dim=-1) - ranked < p
    stays[..., 0] = True
    keep = torch.zeros_like(stays).scatter(-1, order, stays)
    return logits.masked_fill(~keep, float("-inf"))
