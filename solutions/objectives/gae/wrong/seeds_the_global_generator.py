# drill: gae
# /// wrong
# fails = "contract"
# message = "torch.manual_seed rewinds the random state of the whole program; nothing here draws a number at all."
# ///
"""Shows in torch.get_rng_state() after any call."""

import torch


def gae(rewards, values, last_value, dones, gamma, lam):
    torch.manual_seed(0)
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
    returns = advantages + values
    return advantages.to(given), returns.to(given)
