# drill: grpo_advantages
# /// wrong
# fails = "numerics"
# message = "The squares are divided by G instead of G - 1, so every advantage is too large by sqrt(G / (G - 1))."
# source = "https://github.com/one-covenant/grail/pull/9"
# ///
"""Shows when group_size >= 2 and the rewards differ: [1, 0, 0, 0] gives 1.7317 instead of 1.4997."""

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
        variance = advantages.square().sum(dim=1, keepdim=True) / group_size
        std = variance.sqrt()
        advantages = advantages / (std + eps)
    return advantages.reshape(-1).to(rewards.dtype)
