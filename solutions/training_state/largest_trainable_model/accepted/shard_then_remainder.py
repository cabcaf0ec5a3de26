# drill: largest_trainable_model
"""Differs in kind: fills whole rows of dp parameters first, then asks how many more fit into one started row."""


def max_trainable_params(
    budget_bytes, dp, stage, *, reserved_bytes=0, param_bytes=2, grad_bytes=2, optimizer_bytes=12,
):
    if dp < 1:
        raise ValueError("dp < 1")
    if stage not in range(4):
        raise ValueError("stage outside 0..3")
    if budget_bytes < 0 or reserved_bytes < 0:
        raise ValueError("bytes < 0")
    left = budget_bytes - reserved_bytes
    if left < 0:
        return 0
    per_param = {3: param_bytes, 2: grad_bytes, 1: optimizer_bytes}
    sharded = sum(size for first, size in per_param.items() if stage >= first)
    whole = sum(per_param.values()) - sharded
    rows, left = divmod(left, whole * dp + sharded)  # a full row costs one shard element and dp whole ones
    started = 0
    if left >= sharded and whole:
        started = min(dp - 1, (left - sharded) // whole)
    return rows * dp + started
