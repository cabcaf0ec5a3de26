# drill: largest_trainable_model
"""Differs in kind: the unpadded estimate is an upper bound, and snapping it down to a row boundary repairs it."""
from fractions import Fraction


def max_trainable_params(
    budget_bytes, dp, stage, *, reserved_bytes=0, param_bytes=2, grad_bytes=2, optimizer_bytes=12,
):
    if not (dp >= 1 and 0 <= stage <= 3 and budget_bytes >= 0 and reserved_bytes >= 0):
        raise ValueError("argument out of range")
    available = budget_bytes - reserved_bytes

    def per_param(first, size):
        return Fraction(size, dp if stage >= first else 1)

    def cost(n):
        padded = n + -n % dp
        return sum(
            size * (padded // dp if stage >= first else n)
            for first, size in ((3, param_bytes), (2, grad_bytes), (1, optimizer_bytes))
        )

    rate = per_param(3, param_bytes) + per_param(2, grad_bytes) + per_param(1, optimizer_bytes)
    estimate = max(0, available // rate)  # padding only adds, so nothing above this fits
    row = estimate // dp * dp
    low, high = row, estimate  # a full row has no padding, so `row` fits, and `high` may not
    while low < high:
        middle = (low + high + 1) // 2
        if cost(middle) <= available:
            low = middle
        else:
            high = middle - 1
    return low
