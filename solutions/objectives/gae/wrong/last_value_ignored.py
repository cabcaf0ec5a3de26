# drill: gae
# /// wrong
# fails = "numerics"
# message = "The value after the last step is taken as 0, as if every rollout ended there."
# source = "https://github.com/vwxyzjn/cleanrl/issues/16"
# ///
"""Shows when last_value is not 0 and dones[:, T-1] is False."""

import torch


def gae(rewards, values, last_value, dones, gamma, lam):
    given = rewards.dtype
    dtype = torch.promote_types(given, torch.float32)
    rewards, values, last_value = (x.detach().to(dtype) for x in (rewards, values, last_value))
    keep = (~dones).to(dtype)
    next_values = torch.cat([values[:, 1:], torch.zeros_like(last_value)[:, None]], dim=1)
    deltas = rewards + gamma * keep * next_values - values
    carry = torch.zeros_like(last_value)
    steps = []
    for t in reversed(range(rewards.shape[1])):
        carry = deltas[:, t] + gamma * lam * keep[:, t] * carry
        steps.append(carry)
    advantages = torch.stack(steps[::-1], dim=1)
    returns = advantages + values
    return advantages.to(given), returns.to(given)
