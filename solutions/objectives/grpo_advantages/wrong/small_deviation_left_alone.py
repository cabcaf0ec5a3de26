# drill: grpo_advantages
# /// wrong
# fails = "numerics"
# message = "Where a deviation is below 0.01, the distance is not divided at all, to be safe from NaN; eps is there for that."
# ///
"""Shows when the rewards of a group differ by less than about 0.01."""

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
        variance = advantages.square().sum(dim=1, keepdim=True) / max(group_size - 1, 1)
        std = variance.sqrt()
        advantages = torch.where(std < 1e-2, advantages, advantages / (std + eps))
    return advantages.reshape(-1).to(rewards.dtype)
