# drill: largest_trainable_model
# /// wrong
# fails = "numerics"
# message = "Only multiples of dp are considered, but a started row of padding can still hold some parameters."
# ///
"""Shows at stages 0 to 2 when the largest n is not a multiple of dp."""


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
    if available < 0:
        return 0
    return available // (whole * dp + divided) * dp
