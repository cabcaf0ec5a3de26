# drill: grpo_advantages
# /// wrong
# fails = "numerics"
# message = "The reduced axis is not kept, so the means are subtracted along the wrong axis where that fits at all."
# source = "https://github.com/OpenRLHF/OpenRLHF/pull/1250"
# ///
"""Shows when N > group_size: silently where N = group_size ** 2, else with a shape error."""

import torch


def grpo_advantages(rewards, group_size, eps=1e-4, scale=True):
    if group_size < 1:
        raise ValueError("group_size must be at least 1")
    if rewards.shape[0] % group_size:
        raise ValueError("group_size must divide the number of rewards")
    dtype = torch.promote_types(rewards.dtype, torch.float32)
    groups = rewards.detach().to(dtype).reshape(-1, group_size)
    advantages = groups - groups.mean(dim=1)
    if scale:
        variance = advantages.square().sum(dim=1) / max(group_size - 1, 1)
        std = variance.sqrt()
        advantages = advantages / (std + eps)
    return advantages.reshape(-1).to(rewards.dtype)
