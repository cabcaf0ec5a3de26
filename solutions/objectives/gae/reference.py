# drill: gae
"""An advantage is a discounted sum of the one-step surprises that follow, so it is computed from the last step back.
The end of an episode cuts two things: the value of the next state and the sum of what follows. Both results are targets
of a training step, so they carry no gradient.
"""

import torch
from torch import Tensor

LEDGER = {
    "next_values": "[B, T]",
    "carry": "[B]",
    "rollout_bytes": "9 * B * T + 4 * B",
    "result_bytes": "8 * B * T",
}


def gae(
    rewards: Tensor,
    values: Tensor,
    last_value: Tensor,
    dones: Tensor,
    gamma: float,
    lam: float,
) -> tuple[Tensor, Tensor]:
    """rewards, values [B, T], last_value [B], dones bool [B, T] -> (advantages [B, T], returns [B, T])."""
    given = rewards.dtype
    # The recursion adds up hundreds of terms; in bfloat16 a sum of ones stops growing at 256.
    dtype = torch.promote_types(given, torch.float32)
    rewards, values, last_value = (x.detach().to(dtype) for x in (rewards, values, last_value))

    keep = (~dones).to(dtype)  # [B, T], 0 where the episode ended at that step
    next_values = torch.cat([values[:, 1:], last_value[:, None]], dim=1)  # [B, T]
    deltas = rewards + gamma * keep * next_values - values  # [B, T]
    decay = gamma * lam * keep  # [B, T]

    carry = torch.zeros_like(last_value)  # [B]
    backwards = []
    for t in reversed(range(rewards.shape[1])):
        carry = deltas[:, t] + decay[:, t] * carry  # [B]
        backwards.append(carry)
    advantages = torch.stack(backwards[::-1], dim=1)  # [B, T]
    returns = advantages + values  # [B, T]
    return advantages.to(given), returns.to(given)
