# drill: grpo_advantages
# /// wrong
# fails = "numerics"
# message = "The variance is mean(x^2) - mean(x)^2, which cancels when rewards are large and their spread is small."
# ///
"""Shows for float32 rewards near 300 that differ by 0.1: the deviation is off by a tenth and more."""

import torch


def grpo_advantages(rewards, group_size, eps=1e-4, scale=True):
    if group_size < 1:
        raise ValueError("group_size must be at least 1")
    if rewards.shape[0] % group_size:
        raise ValueError("group_size must divide the number of rewards")
    dtype = torch.promote_types(rewards.dtype, torch.float32)
    groups = rewards.detach().to(dtype).reshape(-1, group_size)
    advantages = groups - groups.mean(dim=1, keepdim=True)
    if scale:
        moment = groups.square().mean(dim=1, keepdim=True) - groups.mean(dim=1, keepdim=True).square()
        variance = moment.clamp(min=0) * group_size / max(group_size - 1, 1)
        std = variance.sqrt()
        advantages = advantages / (std + eps)
    return advantages.reshape(-1).to(rewards.dtype)
