# drill: top_p_filter
"""Shifts the removal mask by one, the common idiom; where the mass above a token equals p exactly, the token stays."""
import torch
import torch.nn.functional as F
from torch import Tensor


def top_p_filter(logits: Tensor, p: float) -> Tensor:
    if p <= 0.0 or p > 1.0:
        raise ValueError("p outside (0, 1]")
    out = logits.clone()
    if p == 1.0:
        return out
    wide = out.detach().to(torch.promote_types(out.dtype, torch.float32))
    ranked, order = torch.topk(wide, k=wide.size(-1), dim=-1)
    over = F.softmax(ranked, dim=-1).cumsum(dim=-1) > p
    remove = torch.roll(over, shifts=1, dims=-1)
    remove[..., 0] = False
    back = order.argsort(dim=-1)
    return out.masked_fill(remove.gather(-1, back), float("-inf"))
