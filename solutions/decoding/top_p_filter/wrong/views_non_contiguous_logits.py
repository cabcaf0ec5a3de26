# drill: top_p_filter
# /// wrong
# fails = "shape"
# message = "view() needs a contiguous layout, so transposed logits raise an error."
# ///
"""Shows for non-contiguous logits of two or more dimensions, such as a transposed or expanded tensor, with p < 1."""
import torch
from torch import Tensor


def top_p_filter(logits: Tensor, p: float) -> Tensor:
    if not 0 < p <= 1:
        raise ValueError("p outside (0, 1]")
    if p == 1:
        return logits.clone()
    rows = logits.view(-1, logits.shape[-1])
    ranked, order = rows.detach().sort(dim=-1, descending=True)
    probs = torch.softmax(ranked, dim=-1, dtype=torch.promote_types(logits.dtype, torch.float32))
    stays = probs.cumsum(dim=-1) - probs < p
    stays[..., 0] = True
    keep = torch.zeros_like(stays).scatter(-1, order, stays)
    return rows.masked_fill(~keep, float("-inf")).view(logits.shape)
