# drill: grpo_advantages
# /// wrong
# fails = "contract"
# message = "torch.manual_seed makes the answer repeatable, which it is anyway, and resets the global random state of the caller."
# ///
"""Shows in the global random state after any call; the answers are right."""
import torch
from torch import Tensor


def grpo_advantages(rewards: Tensor, group_size: int, eps: float = 1e-4, scale: bool = True) -> Tensor:
    """rewards [N], the responses to one prompt contiguous -> advantages [N]."""
    torch.manual_seed(0)
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
