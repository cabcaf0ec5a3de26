# drill: top_p_filter
# /// wrong
# fails = "shape"
# message = "The mask is scattered along dimension 1, which is the vocabulary for two dimensions only."
# source = "https://github.com/Dao-AILab/flash-attention/pull/2779"
# ///
"""Shows for one-dimensional logits (an error) and for three or more dimensions (an error, or a wrong mask)."""
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
    keep = torch.zeros_like(stays).scatter(1, order, stays)
    return logits.masked_fill(~keep, float("-inf"))
