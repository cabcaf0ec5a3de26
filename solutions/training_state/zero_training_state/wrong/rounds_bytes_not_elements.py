# drill: zero_training_state
# /// wrong
# fails = "numerics"
# message = "Bytes are divided and rounded up, but it is the number of elements that is rounded, before the bytes."
# ///
"""Shows at stages 1 to 3 when dp does not divide n_params, and most where dp is larger than n_params."""


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

    def held(bytes_per_param, is_sharded):
        return -(-bytes_per_param * n_params // (dp if is_sharded else 1))

    params = held(param_bytes, stage >= 3)
    grads = held(grad_bytes, stage >= 2)
    optimizer = held(optimizer_bytes, stage >= 1)
    return {"params": params, "grads": grads, "optimizer": optimizer, "total": params + grads + optimizer}
