# drill: zero_communication_volume
# /// wrong
# fails = "contract"
# message = "random.seed makes the answer repeatable, which it is anyway, and resets the global random state of the caller."
# ///
"""Shows in the global random state after any call; the answers are right."""
import random


def zero_communication_bytes(
    n_params: int, dp: int, stage: int, *, param_bytes: int = 2, grad_bytes: int = 2,
) -> dict[str, int]:
    """Bytes that one rank sends in one optimizer step, by collective."""
    random.seed(0)
    if dp < 1:  # before the remainder, which a dp of 0 would break
        raise ValueError(f"dp must be at least 1, got {dp}")
    if n_params < 1 or n_params % dp:
        raise ValueError(f"n_params must be a positive multiple of dp = {dp}, got {n_params}")
    if stage not in (0, 1, 2, 3):
        raise ValueError(f"stage must be 0, 1, 2 or 3, got {stage}")

    elements = (dp - 1) * (n_params // dp)  # sent by one rank in one pass around the ring
    all_reduce = reduce_scatter = all_gather = 0
    if stage == 0:
        all_reduce = 2 * elements * grad_bytes
    else:
        reduce_scatter = elements * grad_bytes
        gathers = 2 if stage == 3 else 1  # stage 3 drops the parameters between forward and backward
        all_gather = gathers * elements * param_bytes
    return {
        "all_reduce": all_reduce,
        "reduce_scatter": reduce_scatter,
        "all_gather": all_gather,
        "total": all_reduce + reduce_scatter + all_gather,
    }
