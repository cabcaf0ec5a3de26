# drill: zero_training_state
# /// wrong
# fails = "numerics"
# message = "The fp32 master copy is booked under params, not optimizer: the total is right, the components are not."
# source = "https://github.com/stanford-cs336/lectures/issues/3"
# ///
"""Shows in params and optimizer at every stage, with any bytes; total is right, so only the components tell."""


def training_state_bytes(
    n_params: int, dp: int, stage: int, *,
    param_bytes: int = 2, grad_bytes: int = 2, optimizer_bytes: int = 12,
) -> dict[str, int]:
    if n_params < 1:
        raise ValueError(f"n_params must be at least 1, got {n_params}")
    if dp < 1:
        raise ValueError(f"dp must be at least 1, got {dp}")
    if stage not in (0, 1, 2, 3):
        raise ValueError(f"stage must be 0, 1, 2 or 3, got {stage}")
    shard = -(-n_params // dp)
    params = param_bytes * (shard if stage >= 3 else n_params)
    grads = grad_bytes * (shard if stage >= 2 else n_params)
    optimizer = optimizer_bytes * (shard if stage >= 1 else n_params)
    # The master copy is a copy of the parameters, and is divided with the optimizer.
    master = 4 * (shard if stage >= 1 else n_params)
    params, optimizer = params + master, optimizer - master
    return {"params": params, "grads": grads, "optimizer": optimizer, "total": params + grads + optimizer}
