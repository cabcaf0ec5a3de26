# drill: grpo_advantages
# /// wrong
# fails = "numerics"
# message = "A group of one keeps its reward, as with mean 0 and deviation 1; here it must give 0."
# source = "https://github.com/verl-project/verl/pull/3635"
# ///
"""Shows when group_size = 1 and a reward is not 0."""

import torch


def grpo_advantages(rewards, group_size, eps=1e-4, scale=True):
    if group_size < 1:
        raise ValueError("group_size must be at least 1")
    if rewards.shape[0] % group_size:
        raise ValueError("group_size must divide the number of rewards")
    if group_size == 1:
        return rewards.detach().clone()
    dtype = torch.promote_types(rewards.dtype, torch.float32)
    groups = rewards.detach().to(dtype).reshape(-1, group_size)
    advantages = groups - groups.mean(dim=1, keepdim=True)
    if scale:
        variance = advantages.square().sum(dim=1, keepdim=True) / max(group_size - 1, 1)
        std = variance.sqrt()
        advantages = advantages / (std + eps)
    return advantages.reshape(-1).to(rewards.dtype)
