# drill: gae
# /// wrong
# fails = "gpu"
# message = """The advantages are rounded to half precision before the values are added to them, so a small return beside a \
# large value is lost."""
# ///
"""Shows in half precision where the return is far smaller than the value."""

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
    advantages = advantages.to(given)
    returns = advantages + values.to(given)
    return advantages, returns
