# drill: speculative_verify
"""Judges all tokens at once: the accepted prefix is a cumulative product, and a draft row of zeros at the end makes the
extra draw the same as a replacement."""
import torch
from torch import Tensor


def speculative_verify(draft_tokens: Tensor, draft_probs: Tensor, target_probs: Tensor, uniforms: Tensor) -> list[int]:
    with torch.no_grad():
        count = draft_tokens.shape[0]
        p = target_probs[:count].gather(1, draft_tokens[:, None])[:, 0]
        q = draft_probs.gather(1, draft_tokens[:, None])[:, 0]
        accept = torch.where(q > 0, uniforms[:count] < p / q, p > 0)
        kept = int(accept.long().cumprod(0).sum())
        padded = torch.cat([draft_probs, torch.zeros_like(target_probs[:1])])
        weights = torch.relu(target_probs[kept] - padded[kept])
        if weights.sum() == 0:
            weights = target_probs[kept]
        positive = weights.nonzero()[:, 0]
        share = (weights / weights.sum())[positive].cumsum(0).contiguous()
        place = torch.searchsorted(share, uniforms[-1:].contiguous(), right=True).clamp(max=len(positive) - 1)
        return draft_tokens[:kept].tolist() + positive[place].tolist()
