# drill: top_k_filter
# /// wrong
# fails = "contract"
# message = "contiguous() gives the logits themselves where they are contiguous, and masked_fill_ writes into them."
# ///
"""Shows for contiguous logits of which some are dropped: the argument is changed. Others are copied."""
import torch
from torch import Tensor


def top_k_filter(logits: Tensor, k: int) -> Tensor:
    if k < 1:
        raise ValueError("k must be at least 1")
    k = min(k, logits.shape[-1])
    threshold = torch.topk(logits.detach(), k, dim=-1).values[..., -1:]
    if logits.requires_grad:
        return logits.masked_fill(logits < threshold, float("-inf"))
    work = logits.contiguous()
    return work.masked_fill_(work < threshold, float("-inf"))
