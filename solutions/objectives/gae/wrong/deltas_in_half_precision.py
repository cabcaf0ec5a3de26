# drill: gae
# /// wrong
# fails = "gpu"
# message = "Only the recursion is widened to float32; the deltas, differences of large values, are taken in half precision."
# ///
"""Shows for bfloat16 and float16 when r + gamma * V_{t+1} nearly cancels V_t, values near 200 for example."""

import torch


def gae(rewards, values, last_value, dones, gamma, lam):
    given = rewards.dtype
    dtype = torch.promote_types(given, torch.float32)
    rewards, values, last_value = (x.detach() for x in (rewards, values, last_value))
    keep = (~dones).to(given)
    next_values = torch.cat([values[:, 1:], last_value[:, None]], dim=1)
    deltas = (rewards + gamma * keep * next_values - values).to(dtype)
    keep, values = keep.to(dtype), values.to(dtype)
    carry = torch.zeros_like(deltas[:, 0])
    steps = []
    for t in reversed(range(rewards.shape[1])):
        carry = deltas[:, t] + gamma * lam * keep[:, t] * carry
        steps.append(carry)
    advantages = torch.stack(steps[::-1], dim=1)
    returns = advantages + values
    return advantages.to(given), returns.to(given)
