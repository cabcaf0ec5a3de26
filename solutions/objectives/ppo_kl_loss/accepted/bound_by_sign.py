# drill: ppo_kl_loss
"""Differs in kind: no minimum; the sign of the advantage says which of the two bounds can bind. Masks by where."""

import torch


def _masked_mean(x, mask):
    total = torch.where(mask, x, torch.zeros_like(x)).sum()
    return total / mask.sum().clamp(min=1).to(x.dtype)


def ppo_kl_loss(logps, old_logps, ref_logps, advantages, mask, clip_eps=0.2, kl_coef=0.0):
    if not clip_eps > 0 or not kl_coef >= 0:
        raise ValueError("need clip_eps > 0 and kl_coef >= 0")
    dtype = torch.float64 if logps.dtype == torch.float64 else torch.float32
    zero = torch.zeros((), dtype=dtype, device=logps.device)
    lp = torch.where(mask, logps.to(dtype), zero)
    with torch.no_grad():
        old = torch.where(mask, old_logps.to(dtype), zero)
        ref = torch.where(mask, ref_logps.to(dtype), zero)
        adv = torch.where(mask, advantages.to(dtype), zero)
    ratio = torch.exp(lp - old)
    bounded = torch.where(adv >= 0, ratio.clamp(max=1 + clip_eps), ratio.clamp(min=1 - clip_eps))
    d = lp - ref
    kl = torch.expm1(-d) + d
    loss = kl_coef * _masked_mean(kl, mask) - _masked_mean(bounded * adv, mask)
    clipped = ((adv > 0) & (ratio > 1 + clip_eps)) | ((adv < 0) & (ratio < 1 - clip_eps))
    metrics = {"kl": kl, "clip_fraction": clipped.to(dtype), "ratio": ratio}
    return loss, {name: _masked_mean(value.detach(), mask) for name, value in metrics.items()}
