# drill: top_p_filter
# /// wrong
# fails = "contract"
# message = "contiguous() gives the logits themselves where they are contiguous, and masked_fill_ writes into them."
# ///
"""Shows for contiguous logits of which some are dropped: the argument is changed. Others are copied."""
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
    keep = torch.zeros_like(stays).scatter(-1, order, stays)
    if logits.requires_grad:
        return logits.masked_fill(~keep, float("-inf"))
    return logits.contiguous().masked_fill_(~keep, float("-inf"))
