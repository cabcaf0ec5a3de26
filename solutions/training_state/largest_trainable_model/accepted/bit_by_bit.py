# drill: largest_trainable_model
"""Differs in kind: builds the answer from its highest bit down, keeping each bit that still fits."""


def state_bytes(n, dp, stage, sizes):
    shard = n // dp + (n % dp > 0)
    return sum(size * (shard if stage >= first else n) for size, first in zip(sizes, (3, 2, 1), strict=True))


def max_trainable_params(
    budget_bytes, dp, stage, *, reserved_bytes=0, param_bytes=2, grad_bytes=2, optimizer_bytes=12,
):
    if dp < 1:
        raise ValueError(f"dp = {dp}")
    if stage < 0 or stage > 3:
        raise ValueError(f"stage = {stage}")
    if min(budget_bytes, reserved_bytes) < 0:
        raise ValueError("negative bytes")
    sizes = (param_bytes, grad_bytes, optimizer_bytes)
    answer = 0
    # One byte for every dp parameters is the least that anything costs, which bounds the answer.
    for bit in reversed(range((budget_bytes * dp + dp).bit_length())):
        candidate = answer | 1 << bit
        if state_bytes(candidate, dp, stage, sizes) <= budget_bytes - reserved_bytes:
            answer = candidate
    return answer
