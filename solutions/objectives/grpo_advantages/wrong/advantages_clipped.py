# drill: grpo_advantages
# /// wrong
# fails = "numerics"
# message = "The advantages are cut to [-5, 5]; in a large group the only success is worth more than that."
# ///
"""Shows when one reward of a group stands out and group_size is above 27: one 1 among 35 zeros gives 5.83."""

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
        advantages = advantages / (std + eps)
    return advantages.clamp(-5, 5).reshape(-1).to(rewards.dtype)
