# drill: grpo_loss
# /// wrong
# fails = "gradients"
# message = "The loss is masked after exp: its value is right, but backward gives 0 * NaN at the padding."
# source = "https://github.com/MakazhanAlpamys/Soup/issues/342"
# ///
"""Shows only in the gradient of logps, when a masked position holds NaN or infinity (or a difference above 88)."""

import torch


def grpo_loss(logps, old_logps, ref_logps, advantages, mask, clip_eps=0.2, beta=0.04, aggregate="sequence"):
    if aggregate not in ("sequence", "token"):
        raise ValueError("aggregate must be sequence or token")
    if clip_eps <= 0:
        raise ValueError("clip_eps must be above 0")
    if beta < 0:
        raise ValueError("beta must not be negative")
    dtype = torch.promote_types(logps.dtype, torch.float32)
    logps = logps.to(dtype)
    old_logps = old_logps.detach().to(dtype)
    ref_logps = ref_logps.detach().to(dtype)
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
