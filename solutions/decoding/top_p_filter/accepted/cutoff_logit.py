# drill: top_p_filter
"""Turns the nucleus into one cutoff logit a row and compares with it, so no mask is scattered back.

All tokens that tie with the last one of the nucleus stay; the reference keeps as many as the sort ranks first.
"""
import torch
from torch import Tensor


def top_p_filter(logits: Tensor, p: float) -> Tensor:
    if p <= 0 or p > 1:
        raise ValueError("p outside (0, 1]")
    if p == 1:
        return torch.clone(logits)
    ranked = torch.sort(logits.detach(), dim=-1, descending=True).values
    log_probs = torch.log_softmax(ranked, dim=-1, dtype=torch.promote_types(logits.dtype, torch.float32))
    total = log_probs.exp().cumsum(-1)
    before = torch.cat([torch.zeros_like(total[..., :1]), total[..., :-1]], dim=-1)
    size = (before < p).sum(-1, keepdim=True).clamp(min=1)  # tokens in the nucleus, [..., 1]
    cutoff = ranked.gather(-1, size - 1)  # [..., 1]
    return torch.where(logits >= cutoff, logits, torch.full_like(logits, float("-inf")))
