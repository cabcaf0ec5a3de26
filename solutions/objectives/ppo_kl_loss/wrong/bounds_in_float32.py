# drill: ppo_kl_loss
# /// wrong
# fails = "numerics"
# message = "torch.where of two Python numbers gives float32, so with float64 inputs the bound is 1.2000000477 instead of 1.2."
# ///
"""Shows for float64 at a tolerance of 1e-9, where a clipped term binds."""

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
    advantages = clean(advantages.detach())
    count = mask.sum().clamp(min=1)
    ratio = torch.exp(logps - old_logps)
    unclipped = ratio * advantages
    bound = torch.where(advantages >= 0, 1 + clip_eps, 1 - clip_eps)
    clipped = torch.where(advantages >= 0, ratio.minimum(bound.to(dtype)), ratio.maximum(bound.to(dtype))) * advantages
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
