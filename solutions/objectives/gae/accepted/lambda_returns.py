# drill: gae
"""Differs in kind: the recursion runs over lambda-returns, and the advantage is what they exceed the value by."""

import torch


@torch.no_grad()
def gae(rewards, values, last_value, dones, gamma, lam):
    dtype = rewards.dtype
    if dtype in (torch.float16, torch.bfloat16):
        rewards, values, last_value = rewards.float(), values.float(), last_value.float()
    target, following = last_value, last_value
    targets = []
    for reward, value, done in zip(rewards.unbind(1)[::-1], values.unbind(1)[::-1], dones.unbind(1)[::-1], strict=True):
        ahead = (1 - lam) * following + lam * target
        target = reward + gamma * torch.where(done, torch.zeros_like(ahead), ahead)
        following = value
        targets.append(target)
    returns = torch.stack(targets[::-1], dim=1)
    return (returns - values).to(dtype), returns.to(dtype)
