# drill: ppo_kl_loss
# /// wrong
# fails = "gpu"
# message = "The log-ratio and its exp are computed in half precision and upcast too late."
# source = "https://github.com/OpenRLHF/OpenRLHF/issues/620"
# ///
"""Shows for bfloat16 and float16 at a tolerance of 1e-3; in float16, a log-ratio above 11 is infinite."""

import torch


def ppo_kl_loss(logps, old_logps, ref_logps, advantages, mask, clip_eps=0.2, kl_coef=0.0):
    if clip_eps <= 0:
        raise ValueError("clip_eps must be above 0")
    if kl_coef < 0:
        raise ValueError("kl_coef must not be negative")
    given = logps.dtype
    dtype = torch.promote_types(given, torch.float32)

    def clean(x):
        return x.to(dtype).masked_fill(~mask, 0)

    logps = clean(logps)
    old_logps = clean(old_logps.detach())
    ref_logps = clean(ref_logps.detach())
    advantages = clean(advantages.detach())
    count = mask.sum().clamp(min=1)
    ratio = torch.exp((logps - old_logps).to(given)).to(dtype)
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
