# drill: gae
"""Differs in kind: no recursion; a [B, T, T] matrix of discounts within the same episode, contracted by einsum."""

import torch


def gae(rewards, values, last_value, dones, gamma, lam):
    out = rewards.dtype
    dtype = torch.promote_types(out, torch.float32)
    with torch.no_grad():
        r, v, last = rewards.to(dtype), values.to(dtype), last_value.to(dtype)
        following = torch.cat([v, last.unsqueeze(1)], dim=1)[:, 1:].masked_fill(dones, 0)
        deltas = r + gamma * following - v
        step = torch.arange(deltas.shape[1], device=deltas.device)
        ahead = step[None, :] - step[:, None]  # [T, T], how far column s lies ahead of row t
        # An episode's number goes up behind the step at which one ended.
        episode = dones.long().cumsum(dim=1) - dones.long()
        same = episode[:, :, None] == episode[:, None, :]
        base = torch.full((), gamma * lam, dtype=dtype, device=deltas.device)
        weights = base ** ahead.clamp(min=0)
        weights = torch.where(same & (ahead >= 0), weights, torch.zeros_like(weights))
        advantages = torch.einsum("bts,bs->bt", weights, deltas)
        return advantages.to(out), (advantages + v).to(out)
