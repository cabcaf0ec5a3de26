# drill: grpo_advantages
# /// wrong
# fails = "numerics"
# message = "The mean leaves the response itself out; that is RLOO's baseline, GRPO's includes it."
# ///
"""Shows when group_size >= 2 and the rewards differ."""

import torch


def grpo_advantages(rewards, group_size, eps=1e-4, scale=True):
    if group_size < 1:
        raise ValueError("group_size must be at least 1")
    if rewards.shape[0] % group_size:
        raise ValueError("group_size must divide the number of rewards")
    dtype = torch.promote_types(rewards.dtype, torch.float32)
    groups = rewards.detach().to(dtype).reshape(-1, group_size)
    others = (groups.sum(dim=1, keepdim=True) - groups) / max(group_size - 1, 1)
    advantages = groups - others if group_size > 1 else torch.zeros_like(groups)
    if scale:
        variance = (groups - groups.mean(dim=1, keepdim=True)).square().sum(dim=1, keepdim=True) / max(
            group_size - 1, 1
        )
        std = variance.sqrt()
        advantages = advantages / (std + eps)
    return advantages.reshape(-1).to(rewards.dtype)
