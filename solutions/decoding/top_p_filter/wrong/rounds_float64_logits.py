# drill: top_p_filter
# /// wrong
# fails = "numerics"
# message = "float64 logits pass through float32 and back, so the kept logits are no longer the input's."
# ///
"""Shows for float64 logits that float32 cannot hold exactly, such as any random ones, with p < 1."""
import torch
from torch import Tensor


def top_p_filter(logits: Tensor, p: float) -> Tensor:
    if not 0 < p <= 1:
        raise ValueError("p outside (0, 1]")
    if p == 1:
        return logits.clone()
    wide = logits.float()
    ranked, order = wide.detach().sort(dim=-1, descending=True)
    probs = torch.softmax(ranked, dim=-1)
    stays = probs.cumsum(dim=-1) - probs < p
    stays[..., 0] = True
    keep = torch.zeros_like(stays).scatter(-1, order, stays)
    return wide.masked_fill(~keep, float("-inf")).to(logits.dtype)
