# drill: gae
# /// wrong
# fails = "numerics"
# message = "returns is the plain discounted sum of rewards, without lam and without the bootstrap."
# source = "https://github.com/nikhilbarhate99/PPO-PyTorch/issues/26"
# ///
"""Shows in returns when lam < 1, or when the last step is not done and last_value is not 0."""

import torch


def gae(rewards, values, last_value, dones, gamma, lam):
    given = rewards.dtype
    dtype = torch.promote_types(given, torch.float32)
    rewards, values, last_value = (x.detach().to(dtype) for x in (rewards, values, last_value))
    keep = (~dones).to(dtype)
    next_values = torch.cat([values[:, 1:], last_value[:, None]], dim=1)
    deltas = rewards + gamma * keep * next_values - values
    carry = torch.zeros_like(last_value)
    steps = []
    for t in reversed(range(rewards.shape[1])):
        carry = deltas[:, t] + gamma * lam * keep[:, t] * carry
        steps.append(carry)
    advantages = torch.stack(steps[::-1], dim=1)
    total, sums = torch.zeros_like(last_value), []
    for t in reversed(range(rewards.shape[1])):
        total = rewards[:, t] + gamma * keep[:, t] * total
        sums.append(total)
    returns = torch.stack(sums[::-1], dim=1)
    return advantages.to(given), returns.to(given)
