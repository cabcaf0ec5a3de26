# drill: gae
# /// wrong
# fails = "contract"
# message = "The results are written into a buffer kept per shape, so the next call overwrites what this one returned."
# ///
"""Shows for float32 and float64 when a result is looked at again after a later call of the same shape."""

import torch

BUFFERS = {}


def gae(rewards, values, last_value, dones, gamma, lam):
    given = rewards.dtype
    dtype = torch.promote_types(given, torch.float32)
    rewards, values, last_value = (x.detach().to(dtype) for x in (rewards, values, last_value))
    keep = (~dones).to(dtype)
    next_values = torch.cat([values[:, 1:], last_value[:, None]], dim=1)
    deltas = rewards + gamma * keep * next_values - values
    key = (tuple(rewards.shape), dtype, rewards.device)
    if key not in BUFFERS:
        BUFFERS[key] = (torch.empty(key[0], dtype=dtype, device=key[2]), torch.empty(key[0], dtype=dtype, device=key[2]))
    advantages, returns = BUFFERS[key]
    carry = torch.zeros_like(last_value)
    for t in reversed(range(rewards.shape[1])):
        carry = deltas[:, t] + gamma * lam * keep[:, t] * carry
        advantages[:, t] = carry
    torch.add(advantages, values, out=returns)
    return advantages.to(given), returns.to(given)
