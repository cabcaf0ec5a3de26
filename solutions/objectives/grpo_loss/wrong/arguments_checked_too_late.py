# drill: grpo_loss
# /// wrong
# fails = "contract"
# message = "The early return for an empty mask comes before the checks, so bad arguments pass unseen there."
# ///
"""Shows when the mask is all False and an argument is bad: no ValueError."""

import torch


def grpo_loss(logps, old_logps, ref_logps, advantages, mask, clip_eps=0.2, beta=0.04, aggregate="sequence"):
    dtype = torch.promote_types(logps.dtype, torch.float32)
    if not mask.any():
        return torch.zeros((), dtype=dtype, device=logps.device, requires_grad=True)
    if aggregate not in ("sequence", "token"):
        raise ValueError("aggregate must be sequence or token")
    if clip_eps <= 0:
        raise ValueError("clip_eps must be above 0")
    if beta < 0:
        raise ValueError("beta must not be negative")

    def clean(x):
        return x.to(dtype).masked_fill(~mask, 0)

    logps = clean(logps)
    old_logps = clean(old_logps.detach())
    ref_logps = clean(ref_logps.detach())
    advantages = advantages.detach().to(dtype).unsqueeze(1)
    ratio = torch.exp(logps - old_logps)
    unclipped = ratio * advantages
    clipped = ratio.clamp(1 - clip_eps, 1 + clip_eps) * advantages
    surrogate = torch.minimum(unclipped, clipped)
    d = logps - ref_logps
    kl = (torch.expm1(-d) + d).clamp(min=0)
    losses = (-surrogate + beta * kl).masked_fill(~mask, 0)
    if aggregate == "token":
        return losses.sum() / mask.sum().clamp(min=1)
    return (losses.sum(dim=1) / mask.sum(dim=1).clamp(min=1)).mean()
