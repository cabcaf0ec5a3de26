# drill: zero_training_state
# /// wrong
# fails = "shape"
# message = "The padded length is divided with /, so byte counts come out as floats, although they have to be ints."
# ///
"""Shows at stages 1 to 3: the sharded states and the total are float. The numbers themselves are right."""


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
    padded = n_params + (-n_params) % dp
    shard = padded / dp
    params = param_bytes * (shard if stage >= 3 else n_params)
    grads = grad_bytes * (shard if stage >= 2 else n_params)
    optimizer = optimizer_bytes * (shard if stage >= 1 else n_params)
    return {"params": params, "grads": grads, "optimizer": optimizer, "total": params + grads + optimizer}
