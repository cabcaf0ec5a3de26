# drill: grpo_advantages
"""Differs in kind: Python numbers and the statistics module, group by group."""

import statistics

import torch


def grpo_advantages(rewards, group_size, eps=1e-4, scale=True):
    values = rewards.detach().tolist()
    if group_size < 1 or len(values) % group_size:
        raise ValueError(f"group_size={group_size}, {len(values)} rewards")
    result = []
    for start in range(0, len(values), group_size):
        group = values[start : start + group_size]
        mean = statistics.fmean(group)
        spread = statistics.stdev(group) if len(group) > 1 else 0.0
        unit = spread + eps if scale else 1.0
        result.extend((value - mean) / unit for value in group)
    return torch.tensor(result, dtype=rewards.dtype, device=rewards.device)
