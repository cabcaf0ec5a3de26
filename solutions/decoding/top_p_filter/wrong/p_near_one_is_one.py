# drill: top_p_filter
# /// wrong
# fails = "numerics"
# message = "Any p above 0.999 counts as 1 and filters nothing."
# ///
"""Shows when p lies between 0.999 and 1."""

import torch
from torch import Tensor


def top_p_filter(logits: Tensor, p: float) -> Tensor:
    if not 0 < p <= 1:
        raise ValueError(f"p must lie in (0, 1], got {p}")
    if p > 0.999:
        # The sum of the probabilities reaches 1 before the end of a peaked row, and would cut its tail.
        return logits.clone()

    ranked, order = logits.detach().sort(dim=-1, descending=True)  # both [..., V]
    wide = torch.promote_types(logits.dtype, torch.float32)  # half precision cannot add up a vocabulary
    probs = torch.softmax(ranked, dim=-1, dtype=wide)  # [..., V]
    mass_above = probs.cumsum(dim=-1) - probs  # [..., V], without the token itself

    stays = mass_above < p  # [..., V], in sorted order
    stays[..., 0] = True  # a p below the smallest positive float compares as 0
    keep = torch.zeros_like(stays).scatter(-1, order, stays)  # [..., V], in the order of the vocabulary
    return logits.masked_fill(~keep, float("-inf"))  # [..., V]
