# drill: gae
# /// wrong
# fails = "numerics"
# message = "delta bootstraps from V_t instead of V_{t+1}, so it never looks at the state that the action led to."
# ///
"""Shows when gamma > 0 and neighbouring values differ."""

import torch


def gae(rewards, values, last_value, dones, gamma, lam):
    given = rewards.dtype
    dtype = torch.promote_types(given, torch.float32)
    rewards, values, last_value = (x.detach().to(dtype) for x in (rewards, values, last_value))
    keep = (~dones).to(dtype)
    next_values = values
    deltas = rewards + gamma * keep * next_values - values
    carry = torch.zeros_like(last_value)
    steps = []
    for t in reversed(range(rewards.shape[1])):
        carry = deltas[:, t] + gamma * lam * keep[:, t] * carry
        steps.append(carry)
    advantages = torch.stack(steps[::-1], dim=1)
    returns = advantages + values
    return advantages.to(given), returns.to(given)
