# drill: largest_trainable_model
# /// wrong
# fails = "numerics"
# message = "The budget is divided by the bytes per parameter without padding: an estimate that may not fit."
# ///
"""Shows at stages 1 to 3 when dp >= 2 does not divide the answer, as 100 bytes on 4 ranks at stage 1."""


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
    return available * dp // (whole * dp + divided)
