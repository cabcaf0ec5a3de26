# drill: largest_trainable_model
# /// wrong
# fails = "numerics"
# message = "The bisection stops with one untested candidate left, so the answer is often one too small."
# source = "https://github.com/deepspeedai/DeepSpeed/pull/2160"
# ///
"""Shows in about half of all cases in which two or more parameters fit."""


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

    def cost(n):
        return whole * n + divided * -(-n // dp)

    low, high = 1, 2
    while cost(high) <= available:
        high *= 2
    high -= 1
    while low < high - 1:
        middle = (low + high) // 2
        if cost(middle) <= available:
            low = middle
        else:
            high = middle - 1
    return low
