# drill: largest_trainable_model
"""The cost of n parameters never falls as n grows, so the largest n that fits can be bisected in whole numbers.

An upper bound is found by doubling, since it depends on the stage and on dp and may be larger than the budget itself.
Bisection needs no formula for the padding: it asks the cost function, which is the definition.
"""

LEDGER = {
    "stage_0": "16 * n",
    "stage_1": "4 * n + 12 * ceil(n / D)",
    "largest_at_stage_0": "X // 16",
    "largest_at_stage_3": "D * (X // 16)",
}


def max_trainable_params(
    budget_bytes: int, dp: int, stage: int, *, reserved_bytes: int = 0,
    param_bytes: int = 2, grad_bytes: int = 2, optimizer_bytes: int = 12,
) -> int:
    """The largest n whose per-rank training state fits in budget_bytes - reserved_bytes."""
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
