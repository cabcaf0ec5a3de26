# drill: top_p_filter
"""Cuts from the other end: sorted ascending, a token goes while the mass up to and with it fits into 1 - p."""
import torch
from torch import Tensor


def top_p_filter(logits: Tensor, p: float) -> Tensor:
    if not (p > 0 and p <= 1):
        raise ValueError("p outside (0, 1]")
    if p == 1:
        return logits.clone()
    with torch.no_grad():
        work = logits if logits.dtype == torch.float64 else logits.float()
        values, index = work.sort(dim=-1)
        goes = values.softmax(dim=-1).cumsum(dim=-1) <= 1 - p
        goes[..., -1] = False  # the most probable token
        drop = torch.empty_like(goes)
        drop.scatter_(-1, index, goes)
    return logits.masked_fill(drop, -torch.inf)
