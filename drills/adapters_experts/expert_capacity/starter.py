# drill: expert_capacity
from torch import Tensor

LEDGER = {
    "one_hot": "",
    "capacity": "",
    "buffer_bytes": "",
    "worst_dropped": "",
}


def assign_slots(experts: Tensor, n_experts: int, capacity_factor: float) -> tuple[Tensor, int]:
    """Give each assignment its place in its expert's buffer, first choices first, or -1 where the buffer is full.

    experts int64 [N, k] -> (slots int64 [N, k], capacity).
    ValueError: capacity_factor <= 0, or an expert index outside 0..n_experts - 1.
    """
    raise NotImplementedError("write me")
