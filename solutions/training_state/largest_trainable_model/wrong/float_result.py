# drill: largest_trainable_model
# /// wrong
# fails = "shape"
# message = "The rows are counted with /, so the answer is a float, although it has to be an int."
# ///
"""Shows in the type of the result; the value is right as long as a float holds it."""
import math


def max_trainable_params(
    budget_bytes: int, dp: int, stage: int, *, reserved_bytes: int = 0,
    param_bytes: int = 2, grad_bytes: int = 2, optimizer_bytes: int = 12,
) -> int:
    if dp < 1:
        raise ValueError(f"dp must be at least 1, got {dp}")
    if stage not in (0, 1, 2, 3):
        raise ValueError(f"stage must be 0, 1, 2 or 3, got {stage}")
    if budget_bytes < 0 or reserved_bytes < 0:
        raise ValueError("budget_bytes and reserved_bytes must not be negative")
    sizes = [optimizer_bytes, grad_bytes, param_bytes]
    divided, whole = sum(sizes[:stage]), sum(sizes[stage:])
    available = budget_bytes - reserved_bytes
    if available < whole + divided:
        return 0
    row_cost = whole * dp + divided
    rows = (available - available % row_cost) / row_cost
    left = available % row_cost
    started = math.floor(max(0, left - divided) / whole) if whole else 0
    return rows * dp + started
