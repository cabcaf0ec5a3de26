# drill: ppo_kl_loss
"""Differs in where it masks: logps at the way in, which stops every bad gradient, and the sums at the way out."""

import torch


def ppo_kl_loss(logps, old_logps, ref_logps, advantages, mask, clip_eps=0.2, kl_coef=0.0):
    if clip_eps <= 0:
        raise ValueError("clip_eps must be positive")
    if kl_coef < 0:
        raise ValueError("kl_coef must not be negative")
    keep = mask.bool()
    wide = torch.float64 if logps.dtype == torch.float64 else torch.float32
    policy = torch.where(keep, logps.to(wide), torch.zeros_like(logps, dtype=wide))
    old, ref, adv = (x.detach().to(wide) for x in (old_logps, ref_logps, advantages))

    def average(x):
        return x.masked_fill(~keep, 0).sum() / keep.sum().clamp_min(1)

    log_ratio = policy - old
    gains = torch.stack([log_ratio.exp() * adv, log_ratio.exp().clamp(1 - clip_eps, 1 + clip_eps) * adv])
    drift = torch.expm1(ref - policy) - (ref - policy)
    loss = average(kl_coef * drift - gains.amin(dim=0))
    fraction = average((gains[1] < gains[0]).to(wide))
    return loss, {"kl": average(drift.detach()), "clip_fraction": fraction, "ratio": average(log_ratio.detach().exp())}
