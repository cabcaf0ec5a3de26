# drill: gae
"""Differs in kind: a parallel scan that doubles its reach, log2(T) rounds instead of a loop over the steps."""

import torch


def gae(rewards, values, last_value, dones, gamma, lam):
    wide = torch.promote_types(rewards.dtype, torch.float32)
    r, v, last = (x.detach().to(wide) for x in (rewards, values, last_value))
    keep = torch.logical_not(dones).to(wide)
    v_next = torch.cat((v[:, 1:], last.reshape(-1, 1)), dim=1)
    total = r + gamma * keep * v_next - v  # what steps t .. t + reach - 1 add to A_t
    decay = gamma * lam * keep  # the factor with which A_{t + reach} enters A_t
    reach, length = 1, total.shape[1]
    while reach < length:
        pad = torch.zeros_like(total[:, :reach])
        total = total + decay * torch.cat((total[:, reach:], pad), dim=1)
        decay = decay * torch.cat((decay[:, reach:], pad), dim=1)
        reach *= 2
    return total.to(rewards.dtype), (total + v).to(rewards.dtype)
