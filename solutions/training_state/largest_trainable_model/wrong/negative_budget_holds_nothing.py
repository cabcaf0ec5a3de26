# drill: largest_trainable_model
# /// wrong
# fails = "contract"
# message = "A negative budget is answered with 0 like any other that holds nothing, but it has to raise ValueError."
# ///
"""Shows when budget_bytes is negative."""


def max_trainable_params(
    budget_bytes: int, dp: int, stage: int, *, reserved_bytes: int = 0,
    param_bytes: int = 2, grad_bytes: int = 2, optimizer_bytes: int = 12,
) -> int:
    if dp < 1:
        raise ValueError(f"dp must be at least 1, got {dp}")
    if stage not in (0, 1, 2, 3):
        raise ValueError(f"stage must be 0, 1, 2 or 3, got {stage}")
    if reserved_bytes < 0:
        raise ValueError(f"reserved_bytes must not be negative, got {reserved_bytes}")
    sizes = [optimizer_bytes, grad_bytes, param_bytes]
    divided, whole = sum(sizes[:stage]), sum(sizes[stage:])
    available = budget_bytes - reserved_bytes
    if available < whole + divided:
        return 0
    rows, left = divmod(available, whole * dp + divided)
    started = max(0, left - divided) // whole if whole else 0
    return rows * dp + started
