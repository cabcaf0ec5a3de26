# drill: grpo_advantages
# /// wrong
# fails = "numerics"
# message = "The rewards are reshaped to [G, N / G], so every group mixes one response of each prompt."
# source = "https://github.com/radixark/miles/pull/1573"
# ///
"""Shows when 1 < group_size < N."""

import torch


def grpo_advantages(rewards, group_size, eps=1e-4, scale=True):
    if group_size < 1:
        raise ValueError("group_size must be at least 1")
    if rewards.shape[0] % group_size:
        raise ValueError("group_size must divide the number of rewards")
    dtype = torch.promote_types(rewards.dtype, torch.float32)
    groups = rewards.detach().to(dtype).reshape(group_size, -1).T
    advantages = groups - groups.mean(dim=1, keepdim=True)
    if scale:
        variance = advantages.square().sum(dim=1, keepdim=True) / max(group_size - 1, 1)
        std = variance.sqrt()
        advantages = advantages / (std + eps)
    return advantages.T.reshape(-1).to(rewards.dtype)
