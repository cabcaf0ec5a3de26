# drill: ppo_kl_loss
# /// wrong
# fails = "finiteness"
# message = "The mask is multiplied on at the end, but NaN * 0 is NaN: one bad value in the padding ruins the loss."
# source = "https://github.com/NVIDIA-NeMo/Megatron-Bridge/pull/3117"
# ///
"""Shows when a masked position holds NaN or infinity (or a difference above 88); finite padding is right."""

import torch


def ppo_kl_loss(logps, old_logps, ref_logps, advantages, mask, clip_eps=0.2, kl_coef=0.0):
    if clip_eps <= 0:
        raise ValueError("clip_eps must be above 0")
    if kl_coef < 0:
        raise ValueError("kl_coef must not be negative")
    dtype = torch.promote_types(logps.dtype, torch.float32)

    logps = logps.to(dtype)
    old_logps = old_logps.detach().to(dtype)
    ref_logps = ref_logps.detach().to(dtype)
    advantages = advantages.detach().to(dtype)
    count = mask.sum().clamp(min=1)
    ratio = torch.exp(logps - old_logps)
    unclipped = ratio * advantages
    clipped = ratio.clamp(1 - clip_eps, 1 + clip_eps) * advantages
    surrogate = torch.minimum(unclipped, clipped)
    d = logps - ref_logps
    kl = (torch.expm1(-d) + d).clamp(min=0)
    losses = (-surrogate + kl_coef * kl) * mask
    loss = losses.sum() / count
    metrics = {
        "kl": kl.detach().masked_fill(~mask, 0).sum() / count,
        "clip_fraction": ((clipped < unclipped) & mask).to(dtype).sum() / count,
        "ratio": ratio.detach().masked_fill(~mask, 0).sum() / count,
    }
    return loss, metrics
