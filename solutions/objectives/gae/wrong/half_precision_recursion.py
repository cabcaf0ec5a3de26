# drill: gae
# /// wrong
# fails = "gpu"
# message = "The recursion runs in half precision; in bfloat16 a running sum of ones stops at 256."
# source = "https://github.com/OpenRLHF/OpenRLHF/issues/634"
# ///
"""Shows for bfloat16 in long rollouts with gamma = lam = 1 (rewards of 1, values 0, T = 400), far beyond rounding."""

import torch


def gae(rewards, values, last_value, dones, gamma, lam):
    given = rewards.dtype
    dtype = given
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
