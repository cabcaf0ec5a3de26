# drill: largest_trainable_model
"""Differs in kind: closed form. Find the last shard length whose first n fits, then how far n reaches within it."""


def max_trainable_params(
    budget_bytes, dp, stage, *, reserved_bytes=0, param_bytes=2, grad_bytes=2, optimizer_bytes=12,
):
    if dp < 1 or budget_bytes < 0 or reserved_bytes < 0:
        raise ValueError("dp must be at least 1, budget and reserve at least 0")
    if stage not in (0, 1, 2, 3):
        raise ValueError("stage must be 0 to 3")
    sizes = [optimizer_bytes, grad_bytes, param_bytes]  # in the order in which stages shard them
    sharded, whole = sum(sizes[:stage]), sum(sizes[stage:])
    available = budget_bytes - reserved_bytes
    if available < whole + sharded:
        return 0
    # A shard of k elements is needed from n = (k - 1) * dp + 1 on, which costs whole * n + sharded * k.
    k = (available + whole * (dp - 1)) // (whole * dp + sharded)
    n = k * dp
    if whole:
        n = min(n, (available - sharded * k) // whole)
    return n
