# drill: top_p_filter
# /// wrong
# fails = "numerics"
# message = "The mask of the sorted row is applied to the unsorted logits, so the front stays, not the most probable."
# ///
"""Shows whenever a row with p < 1 is not already sorted descending."""
import torch
from torch import Tensor


def top_p_filter(logits: Tensor, p: float) -> Tensor:
    if not 0 < p <= 1:
        raise ValueError("p outside (0, 1]")
    if p == 1:
        return logits.clone()
    ranked = logits.detach().sort(dim=-1, descending=True).values
    probs = torch.softmax(ranked, dim=-1, dtype=torch.promote_types(logits.dtype, torch.float32))
    stays = probs.cumsum(dim=-1) - probs < p
    stays[..., 0] = True
    return logits.masked_fill(~stays, float("-inf"))
