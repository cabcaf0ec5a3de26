# drill: top_p_filter
# /// wrong
# fails = "numerics"
# message = "The mass compared with p includes the token itself, so the token that crosses p is dropped."
# source = "https://github.com/Biohub/esm/pull/360"
# ///
"""Shows wherever a row's nucleus has more than one token and p is not exactly reached, such as [.4, .3, .2, .1] at p
= 0.8."""
import torch
from torch import Tensor


def top_p_filter(logits: Tensor, p: float) -> Tensor:
    if not 0 < p <= 1:
        raise ValueError("p outside (0, 1]")
    if p == 1:
        return logits.clone()
    ranked, order = logits.detach().sort(dim=-1, descending=True)
    probs = torch.softmax(ranked, dim=-1, dtype=torch.promote_types(logits.dtype, torch.float32))
    stays = probs.cumsum(dim=-1) <= p
    stays[..., 0] = True
    keep = torch.zeros_like(stays).scatter(-1, order, stays)
    return logits.masked_fill(~keep, float("-inf"))
