# drill: gae
# /// wrong
# fails = "contract"
# message = "With gamma 0 the returns are the rewards, and the caller's own tensor is handed back: writing to one writes to the other."
# ///
"""Shows where gamma is 0; the values are right."""
import torch
from torch import Tensor

def gae(
    rewards: Tensor,
    values: Tensor,
    last_value: Tensor,
    dones: Tensor,
    gamma: float,
    lam: float,
) -> tuple[Tensor, Tensor]:
    """rewards, values [B, T], last_value [B], dones bool [B, T] -> (advantages [B, T], returns [B, T])."""
    if gamma == 0:
        return (rewards - values).detach(), rewards.detach()
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
