# drill: top_p_filter
# /// wrong
# fails = "numerics"
# message = "For a tiny p the threshold 1 - p rounds to 1, nothing exceeds it, and even the best token is dropped."
# source = "https://github.com/ml-explore/mlx-lm/pull/1912"
# ///
"""Shows for p <= 1e-8 in float32 and below and p <= 1e-17 in float64: the row becomes all -inf."""
import torch
from torch import Tensor


def top_p_filter(logits: Tensor, p: float) -> Tensor:
    if not 0 < p <= 1:
        raise ValueError("p outside (0, 1]")
    if p == 1:
        return logits.clone()
    wide = logits.detach().to(torch.promote_types(logits.dtype, torch.float32))
    ranked, order = wide.sort(dim=-1)
    stays = torch.softmax(ranked, dim=-1).cumsum(dim=-1) > 1 - p
    keep = torch.zeros_like(stays).scatter(-1, order, stays)
    return logits.masked_fill(~keep, float("-inf"))
