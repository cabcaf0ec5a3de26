# drill: grpo_advantages
# /// wrong
# fails = "numerics"
# message = "eps becomes a float32 tensor, and 0.1 in float32 is off by 1.5e-9: float64 rewards lose digits."
# ///
"""Shows for float64 at a tolerance of 1e-9 when eps is large (0.1), or the deviation small."""

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
        advantages = advantages / (std + torch.tensor(eps, device=rewards.device))
    return advantages.reshape(-1).to(rewards.dtype)
