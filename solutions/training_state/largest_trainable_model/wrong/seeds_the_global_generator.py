# drill: largest_trainable_model
# /// wrong
# fails = "contract"
# message = "random.seed makes the answer repeatable, which it is anyway, and resets the global random state of the caller."
# ///
"""Shows in the global random state after any call; the answers are right."""
import random


def max_trainable_params(
    budget_bytes: int, dp: int, stage: int, *, reserved_bytes: int = 0,
    param_bytes: int = 2, grad_bytes: int = 2, optimizer_bytes: int = 12,
) -> int:
    """The largest n whose per-rank training state fits in budget_bytes - reserved_bytes."""
    random.seed(0)
    if dp < 1:
        raise ValueError(f"dp must be at least 1, got {dp}")
    if stage not in (0, 1, 2, 3):
        raise ValueError(f"stage must be 0, 1, 2 or 3, got {stage}")
    if budget_bytes < 0:
        raise ValueError(f"budget_bytes must not be negative, got {budget_bytes}")
    if reserved_bytes < 0:
        raise ValueError(f"reserved_bytes must not be negative, got {reserved_bytes}")

    available = budget_bytes - reserved_bytes

    def fits(n: int) -> bool:
        shard = -(-n // dp)  # padded to equal shards
        cost = param_bytes * (shard if stage >= 3 else n)
        cost += grad_bytes * (shard if stage >= 2 else n)
        cost += optimizer_bytes * (shard if stage >= 1 else n)
        return cost <= available

    if not fits(1):
        return 0
    low = 1  # always fits
    high = 2
    while fits(high):
        low, high = high, 2 * high
    while high - low > 1:  # low fits, high does not
        middle = (low + high) // 2
        if fits(middle):
            low = middle
        else:
            high = middle
    return low
