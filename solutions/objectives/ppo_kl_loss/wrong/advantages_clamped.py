# drill: ppo_kl_loss
# /// wrong
# fails = "finiteness"
# message = "Advantages are clamped to [-10, 10]; the loss is linear in them, whatever their size."
# ///
"""Shows where an advantage is above 10."""

import torch


def ppo_kl_loss(logps, old_logps, ref_logps, advantages, mask, clip_eps=0.2, kl_coef=0.0):
    if clip_eps <= 0:
        raise ValueError("clip_eps must be above 0")
    if kl_coef < 0:
        raise ValueError("kl_coef must not be negative")
    dtype = torch.promote_types(logps.dtype, torch.float32)

    def clean(x):
        return x.to(dtype).masked_fill(~mask, 0)

    logps = clean(logps)
    old_logps = clean(old_logps.detach())
    ref_logps = clean(ref_logps.detach())
    advantages = clean(advantages.detach()).clamp(-10, 10)
    count = mask.sum().clamp(min=1)
    ratio = torch.exp(logps - old_logps)
    unclipped = ratio * advantages
    clipped = ratio.clamp(1 - clip_eps, 1 + clip_eps) * advantages
    surrogate = torch.minimum(unclipped, clipped)
    d = logps - ref_logps
    kl = (torch.expm1(-d) + d).clamp(min=0)
    losses = -surrogate + kl_coef * kl
    loss = losses.sum() / count
    metrics = {
        "kl": kl.detach().sum() / count,
        "clip_fraction": ((clipped < unclipped) & mask).to(dtype).sum() / count,
        "ratio": ratio.detach().masked_fill(~mask, 0).sum() / count,
    }
    return loss, metrics
