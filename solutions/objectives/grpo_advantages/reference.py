# drill: grpo_advantages
"""The group's mean stands in for a critic: a response is good if it beats its siblings. One row per prompt makes the
group an axis to reduce over; a group of one or of equal rewards says nothing, and its advantages are 0.
"""

import torch
from torch import Tensor

LEDGER = {
    "groups": "[N // G, G]",
    "mean": "[N // G, 1]",
    "result_bytes": "2 * N",
    "spread_bytes": "4 * N * T",
}


def grpo_advantages(rewards: Tensor, group_size: int, eps: float = 1e-4, scale: bool = True) -> Tensor:
    """rewards [N], the responses to one prompt contiguous -> advantages [N]."""
    if group_size < 1 or rewards.shape[0] % group_size != 0:
        raise ValueError(f"group_size must be at least 1 and divide {rewards.shape[0]}, but is {group_size}")

    # In bfloat16 the mean of rewards near 100 is off by a quarter, and eps is lost beside any std.
    dtype = torch.promote_types(rewards.dtype, torch.float32)
    groups = rewards.detach().to(dtype).reshape(-1, group_size)  # [N/G, G]

    # Measured from the group's first reward, equal rewards are exactly 0, whatever a mean rounds to.
    offsets = groups - groups[:, :1]  # [N/G, G]
    centred = offsets - offsets.mean(dim=1, keepdim=True)  # [N/G, G]
    if scale:
        # torch.std of one number is NaN; a divisor of at least 1 makes it 0.
        variance = centred.square().sum(dim=1, keepdim=True) / max(group_size - 1, 1)  # [N/G, 1]
        centred = centred / (variance.sqrt() + eps)
    return centred.reshape(-1).to(rewards.dtype)  # [N]
