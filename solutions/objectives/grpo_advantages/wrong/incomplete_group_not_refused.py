# drill: grpo_advantages
# /// wrong
# fails = "contract"
# message = "Whether group_size divides N is left to reshape, which raises a RuntimeError instead of a ValueError."
# ///
"""Shows when group_size does not divide N."""

import torch


def grpo_advantages(rewards, group_size, eps=1e-4, scale=True):
    if group_size < 1:
        raise ValueError("group_size must be at least 1")
    dtype = torch.promote_types(rewards.dtype, torch.float32)
    groups = rewards.detach().to(dtype).reshape(-1, group_size)
    advantages = groups - groups.mean(dim=1, keepdim=True)
    if scale:
        variance = advantages.square().sum(dim=1, keepdim=True) / max(group_size - 1, 1)
        std = variance.sqrt()
        advantages = advantages / (std + eps)
    return advantages.reshape(-1).to(rewards.dtype)
