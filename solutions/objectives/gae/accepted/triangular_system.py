# drill: gae
"""Differs in kind: the recursion is a bidiagonal system of equations, solved for a whole rollout at once."""

import torch


@torch.no_grad()
def gae(rewards, values, last_value, dones, gamma, lam):
    wide = torch.promote_types(rewards.dtype, torch.float32)
    r, v, last = rewards.to(wide), values.to(wide), last_value.to(wide)
    keep = 1 - dones.to(wide)
    deltas = r + gamma * keep * torch.cat([v[:, 1:], last.unsqueeze(1)], dim=1) - v
    # A_t - gamma * lam * keep_t * A_{t+1} = delta_t
    above = torch.diag_embed(gamma * lam * keep[:, :-1], offset=1)
    system = torch.eye(v.shape[1], dtype=wide, device=v.device) - above
    advantages = torch.linalg.solve_triangular(system, deltas.unsqueeze(2), upper=True).squeeze(2)
    return advantages.to(rewards.dtype), (advantages + v).to(rewards.dtype)
