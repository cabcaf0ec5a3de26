# drill: grpo_advantages
"""Differs in kind: sums per prompt by index_add, spread back by indexing; the rewards keep their shape throughout."""

import torch


def _per_group(values, group, num_groups):
    return values.new_zeros(num_groups).index_add(0, group, values)[group]


def grpo_advantages(rewards, group_size, eps=1e-4, scale=True):
    n = rewards.numel()
    if group_size < 1 or n % group_size:
        raise ValueError(f"{group_size} does not divide {n}")
    with torch.no_grad():
        x = rewards.double() if rewards.dtype == torch.float64 else rewards.float()
        group = torch.arange(n, device=x.device) // group_size
        distance = x - _per_group(x, group, n // group_size) / group_size
        if scale and group_size > 1:
            variance = _per_group(distance**2, group, n // group_size) / (group_size - 1)
            distance = distance / (torch.sqrt(variance) + eps)
        elif group_size == 1:
            distance = torch.zeros_like(distance)
        return distance.to(rewards.dtype)
