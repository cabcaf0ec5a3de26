# drill: ppo_kl_loss
# /// wrong
# fails = "contract"
# message = "The early return for an empty mask comes before the checks, so bad arguments pass unseen there."
# ///
"""Shows when the mask is all False and clip_eps <= 0 or kl_coef < 0: no ValueError."""

import torch


def ppo_kl_loss(logps, old_logps, ref_logps, advantages, mask, clip_eps=0.2, kl_coef=0.0):
    dtype = torch.promote_types(logps.dtype, torch.float32)
    if not mask.any():
        kind = {"dtype": dtype, "device": logps.device}
        zeros = {name: torch.zeros((), **kind) for name in ("kl", "clip_fraction", "ratio")}
        return torch.zeros((), **kind, requires_grad=True), zeros
    if clip_eps <= 0:
        raise ValueError("clip_eps must be above 0")
    if kl_coef < 0:
        raise ValueError("kl_coef must not be negative")

    def clean(x):
        return x.to(dtype).masked_fill(~mask, 0)

    logps = clean(logps)
    old_logps = clean(old_logps.detach())
    ref_logps = clean(ref_logps.detach())
    advantages = clean(advantages.detach())
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
