# drill: grpo_advantages
# /// wrong
# fails = "contract"
# message = "Rewards that do not fill a group are dropped without a word, so the result is shorter than the rewards."
# ///
"""Shows when group_size does not divide N: no ValueError."""

import torch


def grpo_advantages(rewards, group_size, eps=1e-4, scale=True):
    if group_size < 1:
        raise ValueError("group_size must be at least 1")
    dtype = torch.promote_types(rewards.dtype, torch.float32)
    groups = rewards.detach().to(dtype)[: len(rewards) // group_size * group_size].reshape(-1, group_size)
    advantages = groups - groups.mean(dim=1, keepdim=True)
    if scale:
        variance = advantages.square().sum(dim=1, keepdim=True) / max(group_size - 1, 1)
        std = variance.sqrt()
        advantages = advantages / (std + eps)
    return advantages.reshape(-1).to(rewards.dtype)
