# drill: gae
# /// wrong
# fails = "numerics"
# message = "returns is built before the advantages are filled in, so it is just the old values again."
# source = "https://github.com/vwxyzjn/cleanrl/pull/337"
# ///
"""Shows in returns whenever an advantage is not 0."""

import torch


def gae(rewards, values, last_value, dones, gamma, lam):
    given = rewards.dtype
    dtype = torch.promote_types(given, torch.float32)
    rewards, values, last_value = (x.detach().to(dtype) for x in (rewards, values, last_value))
    keep = (~dones).to(dtype)
    next_values = torch.cat([values[:, 1:], last_value[:, None]], dim=1)
    deltas = rewards + gamma * keep * next_values - values
    carry = torch.zeros_like(last_value)
    returns = torch.zeros_like(values) + values
    steps = []
    for t in reversed(range(rewards.shape[1])):
        carry = deltas[:, t] + gamma * lam * keep[:, t] * carry
        steps.append(carry)
    advantages = torch.stack(steps[::-1], dim=1)
    return advantages.to(given), returns.to(given)
