# drill: gae
from torch import Tensor

# B rollouts, T steps of a rollout.
LEDGER = {
    "next_values": "",  # shape of the tensor that holds V_{t+1} for every step
    "carry": "",  # shape of what the recursion carries from one step to the step before
    "rollout_bytes": "",  # bytes of the four input tensors, float32 and bool
    "result_bytes": "",  # bytes of the two results in float32
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
    raise NotImplementedError("write me")
