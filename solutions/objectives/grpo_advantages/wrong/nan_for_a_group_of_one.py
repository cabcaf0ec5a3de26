# drill: grpo_advantages
# /// wrong
# fails = "finiteness"
# message = "The unbiased standard deviation of one number is 0 / 0: a group of one gives NaN."
# source = "https://github.com/radixark/miles/pull/1573"
# ///
"""Shows when group_size = 1 and scale is True."""

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
        variance = advantages.square().sum(dim=1, keepdim=True) / (group_size - 1)
        std = variance.sqrt()
        advantages = advantages / (std + eps)
    return advantages.reshape(-1).to(rewards.dtype)
