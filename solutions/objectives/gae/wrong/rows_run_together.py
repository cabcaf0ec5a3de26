# drill: gae
# /// wrong
# fails = "numerics"
# message = "The batch is flattened into one long rollout, so a row's last step goes on with the next row's first."
# ///
"""Shows when B >= 2 and some dones[:, T-1] but the last row's is False."""

import torch


def gae(rewards, values, last_value, dones, gamma, lam):
    given = rewards.dtype
    dtype = torch.promote_types(given, torch.float32)
    rewards, values, last_value = (x.detach().to(dtype) for x in (rewards, values, last_value))
    keep = (~dones).to(dtype)
    shape, rewards, values, keep = rewards.shape, rewards.reshape(1, -1), values.reshape(1, -1), keep.reshape(1, -1)
    last_value = last_value[-1:]
    next_values = torch.cat([values[:, 1:], last_value[:, None]], dim=1)
    deltas = rewards + gamma * keep * next_values - values
    carry = torch.zeros_like(last_value)
    steps = []
    for t in reversed(range(rewards.shape[1])):
        carry = deltas[:, t] + gamma * lam * keep[:, t] * carry
        steps.append(carry)
    advantages = torch.stack(steps[::-1], dim=1)
    returns = advantages + values
    return advantages.reshape(shape).to(given), returns.reshape(shape).to(given)
