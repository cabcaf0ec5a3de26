# drill: top_p_filter
"""Compares every token with every other: the mass above one is the product of that comparison with the probabilities.
Of order V squared, and free of any order; all that tie stay together."""
import torch
from torch import Tensor


def top_p_filter(logits: Tensor, p: float) -> Tensor:
    if not 0 < p <= 1:
        raise ValueError("p outside (0, 1]")
    if p == 1:
        return logits.clone()
    wide = logits.detach().to(torch.promote_types(logits.dtype, torch.float32))
    probs = wide.softmax(dim=-1)
    more_probable = (wide[..., None, :] > wide[..., :, None]).to(wide.dtype)
    above = torch.einsum("...ij,...j->...i", more_probable, probs)
    return torch.where(above < p, logits, torch.full_like(logits, float("-inf")))
