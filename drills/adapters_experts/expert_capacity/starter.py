# drill: expert_capacity
from torch import Tensor

# N tokens; k experts for each token; E experts; C capacity of one expert; D model width.
LEDGER = {
    "one_hot": "",  # shape of the one-hot matrix of all assignments, one row for each
    "capacity": "",  # capacity of one expert with a capacity factor of 1
    "buffer_bytes": "",  # bytes of the buffers of all experts, each of C bfloat16 vectors of width D
    "worst_dropped": "",  # assignments dropped when every token names the same k experts, for any C
}


def assign_slots(experts: Tensor, n_experts: int, capacity_factor: float) -> tuple[Tensor, int]:
    """Give each assignment its place in its expert's buffer, first choices first, or -1 where the buffer is full.

    experts int64 [N, k] -> (slots int64 [N, k], capacity).
    ValueError: capacity_factor <= 0, or an expert index outside 0..n_experts - 1.
    """
    raise NotImplementedError("write me")
