# drill: zero_training_state
# /// wrong
# fails = "numerics"
# message = "Stage 3 counts whole gathered parameters, which exist only for a moment; a rank keeps its shard."
# source = "https://github.com/LambdaLabsML/distributed-training-guide/issues/38"
# ///
"""Shows at stage 3 with dp >= 2 and n_params >= 2."""


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
    params = param_bytes * n_params
    grads = grad_bytes * (shard if stage >= 2 else n_params)
    optimizer = optimizer_bytes * (shard if stage >= 1 else n_params)
    return {"params": params, "grads": grads, "optimizer": optimizer, "total": params + grads + optimizer}
