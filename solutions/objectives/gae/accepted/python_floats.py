# drill: gae
"""Differs in kind: plain Python floats, row by row; good for every dtype, as Python computes in float64."""

import torch


def gae(rewards, values, last_value, dones, gamma, lam):
    advantages, returns = [], []
    rows = zip(rewards.tolist(), values.tolist(), last_value.tolist(), dones.tolist(), strict=True)
    for row_rewards, row_values, following, row_dones in rows:
        row, running = [], 0.0
        for reward, value, done in zip(row_rewards[::-1], row_values[::-1], row_dones[::-1], strict=True):
            ahead = 0.0 if done else gamma * following + gamma * lam * running
            running = reward + ahead - value
            following = value
            row.append(running)
        row.reverse()
        advantages.append(row)
        returns.append([a + v for a, v in zip(row, row_values, strict=True)])
    kind = {"dtype": rewards.dtype, "device": rewards.device}
    return torch.tensor(advantages, **kind), torch.tensor(returns, **kind)
