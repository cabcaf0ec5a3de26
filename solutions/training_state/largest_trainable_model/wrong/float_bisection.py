# drill: largest_trainable_model
# /// wrong
# fails = "numerics"
# message = "The bisection runs on floats, which hold whole numbers exactly only up to 2**53."
# ///
"""Shows when the answer is above 2**53, as a budget near 10**15 at stage 3 with a dp of some thousands."""


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

    low, high = 1.0, 2.0
    while cost(int(high)) <= available:
        high *= 2
    for _ in range(200):
        middle = (low + high) / 2
        if cost(int(middle)) <= available:
            low = middle
        else:
            high = middle
    return int(low)
