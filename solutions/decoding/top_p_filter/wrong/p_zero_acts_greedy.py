# drill: top_p_filter
# /// wrong
# fails = "contract"
# message = "p = 0 is taken as greedy instead of being refused: the contract allows (0, 1] only."
# source = "https://github.com/huggingface/transformers/pull/19839"
# ///
"""Shows for p = 0."""
import torch
from torch import Tensor


def top_p_filter(logits: Tensor, p: float) -> Tensor:
    if p < 0 or p > 1:
        raise ValueError("p outside [0, 1]")
    if p == 1:
        return logits.clone()
    ranked, order = logits.detach().sort(dim=-1, descending=True)
    probs = torch.softmax(ranked, dim=-1, dtype=torch.promote_types(logits.dtype, torch.float32))
    stays = probs.cumsum(dim=-1) - probs < p
    stays[..., 0] = True
    keep = torch.zeros_like(stays).scatter(-1, order, stays)
    return logits.masked_fill(~keep, float("-inf"))
