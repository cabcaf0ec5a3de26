# drill: zero_training_state
"""Each state has a stage from which on it is divided: the optimizer at 1, the gradients at 2, the parameters at 3.

A divided state costs ceil(n_params / dp) elements on every rank, because the flat buffer is padded to equal shards.
So the whole answer is three products, each with either the full or the shard length.
"""

LEDGER = {
    "shard": "ceil(P / D)",
    "stage_0": "16 * P",
    "stage_1": "4 * P + 12 * ceil(P / D)",
    "stage_2": "2 * P + 14 * ceil(P / D)",
    "stage_3": "16 * ceil(P / D)",
}


def training_state_bytes(
    n_params: int, dp: int, stage: int, *,
    param_bytes: int = 2, grad_bytes: int = 2, optimizer_bytes: int = 12,
) -> dict[str, int]:
    """Bytes of model state that one data-parallel rank holds under ZeRO."""
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
