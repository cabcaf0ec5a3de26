# drill: gae
# /// wrong
# fails = "numerics"
# message = "The sum is taken over deltas times (gamma * lam)^t and divided by that power, which underflows to 0 / 0."
# ///
"""Shows when gamma * lam is 0, and for long rollouts: 0.2^400 is 0."""

import torch


def gae(rewards, values, last_value, dones, gamma, lam):
    given = rewards.dtype
    dtype = torch.promote_types(given, torch.float32)
    rewards, values, last_value = (x.detach().to(dtype) for x in (rewards, values, last_value))
    keep = (~dones).to(dtype)
    next_values = torch.cat([values[:, 1:], last_value[:, None]], dim=1)
    deltas = rewards + gamma * keep * next_values - values
    powers = (gamma * lam) ** torch.arange(rewards.shape[1], dtype=dtype, device=rewards.device)
    episode = dones.long().cumsum(1) - dones.long()
    rows = []
    for row, numbers in zip(deltas * powers, episode, strict=True):
        parts = [row[numbers == number] for number in numbers.unique()]
        rows.append(torch.cat([part.flip(0).cumsum(0).flip(0) for part in parts]))
    advantages = torch.stack(rows) / powers
    returns = advantages + values
    return advantages.to(given), returns.to(given)
