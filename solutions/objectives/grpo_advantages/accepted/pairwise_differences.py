# drill: grpo_advantages
"""Differs in kind: no mean at all; the average difference to the group, and half the mean square of all."""

import torch


def grpo_advantages(rewards, group_size, eps=1e-4, scale=True):
    if group_size < 1 or rewards.numel() % group_size:
        raise ValueError(f"cannot split {rewards.numel()} rewards into groups of {group_size}")
    wide = torch.promote_types(rewards.dtype, torch.float32)
    with torch.no_grad():
        x = rewards.to(wide).reshape(-1, group_size)
        differences = x.unsqueeze(2) - x.unsqueeze(1)  # [N/G, G, G]
        advantages = differences.sum(dim=2) / group_size
        if scale:
            pairs = group_size * max(group_size - 1, 1)
            deviation = (differences.square().sum(dim=(1, 2)) / (2 * pairs)).sqrt()
            advantages = advantages / (deviation.unsqueeze(1) + eps)
        return advantages.flatten().to(rewards.dtype)
