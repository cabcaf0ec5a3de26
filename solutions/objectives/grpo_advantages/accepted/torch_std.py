# drill: grpo_advantages
"""Differs in kind: torch.std, with groups of one taken care of beforehand."""

import torch


@torch.no_grad()
def grpo_advantages(rewards, group_size, eps=1e-4, scale=True):
    if group_size < 1:
        raise ValueError("group_size must be at least 1")
    if len(rewards) % group_size:
        raise ValueError("group_size must divide the number of rewards")
    if group_size == 1:
        return torch.zeros_like(rewards)
    table = rewards.unflatten(0, (-1, group_size))
    if table.dtype in (torch.float16, torch.bfloat16):
        table = table.float()
    mean = table.mean(dim=-1, keepdim=True)
    advantages = table - mean
    if scale:
        advantages = advantages / (table.std(dim=-1, keepdim=True) + eps)
    return advantages.flatten().to(rewards.dtype)
