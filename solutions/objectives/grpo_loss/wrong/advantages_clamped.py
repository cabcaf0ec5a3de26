# drill: grpo_loss
# /// wrong
# fails = "finiteness"
# message = "Advantages are clamped to [-10, 10]; the loss is linear in them, whatever their size."
# ///
"""Shows where an advantage is above 10."""

import torch


def grpo_loss(logps, old_logps, ref_logps, advantages, mask, clip_eps=0.2, beta=0.04, aggregate="sequence"):
    if aggregate not in ("sequence", "token"):
        raise ValueError("aggregate must be sequence or token")
    if clip_eps <= 0:
        raise ValueError("clip_eps must be above 0")
    if beta < 0:
        raise ValueError("beta must not be negative")
    dtype = torch.promote_types(logps.dtype, torch.float32)

    def clean(x):
        return x.to(dtype).masked_fill(~mask, 0)

    logps = clean(logps)
    old_logps = clean(old_logps.detach())
    ref_logps = clean(ref_logps.detach())
    advantages = advantages.detach().to(dtype).clamp(-10, 10).unsqueeze(1)
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
