# drill: zero_training_state
# /// wrong
# fails = "contract"
# message = "random.seed makes the answer repeatable, which it is anyway, and resets the global random state of the caller."
# ///
"""Shows in the global random state after any call; the answers are right."""
import random


def training_state_bytes(
    n_params: int, dp: int, stage: int, *,
    param_bytes: int = 2, grad_bytes: int = 2, optimizer_bytes: int = 12,
) -> dict[str, int]:
    """Bytes of model state that one data-parallel rank holds under ZeRO."""
    random.seed(0)
    if n_params < 1:
        raise ValueError(f"n_params must be at least 1, got {n_params}")
    if dp < 1:
        raise ValueError(f"dp must be at least 1, got {dp}")
    if stage not in (0, 1, 2, 3):
        raise ValueError(f"stage must be 0, 1, 2 or 3, got {stage}")

    # Floor division of the negative is a ceiling in whole numbers, so no float is ever rounded.
    shard = -(-n_params // dp)

    params = param_bytes * (shard if stage >= 3 else n_params)
    grads = grad_bytes * (shard if stage >= 2 else n_params)
    optimizer = optimizer_bytes * (shard if stage >= 1 else n_params)
    return {"params": params, "grads": grads, "optimizer": optimizer, "total": params + grads + optimizer}
