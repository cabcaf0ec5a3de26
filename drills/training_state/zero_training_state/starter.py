# drill: zero_training_state
"""Training state under ZeRO: fill in the ledger first, then the function."""

LEDGER = {
    "shard": "",  # elements of one rank's shard, in P parameters and D ranks
    "stage_0": "",  # bytes per rank with the default bytes per parameter
    "stage_1": "",
    "stage_2": "",
    "stage_3": "",
}


def training_state_bytes(
    n_params: int, dp: int, stage: int, *,
    param_bytes: int = 2, grad_bytes: int = 2, optimizer_bytes: int = 12,
) -> dict[str, int]:
    """Bytes of model state that one data-parallel rank holds.

    Args:
        n_params: parameters of the model, at least 1.
        dp: data-parallel ranks, at least 1.
        stage: ZeRO stage, 0 to 3.
        param_bytes, grad_bytes, optimizer_bytes: bytes per parameter of each state, at least 0.

    Returns:
        {"params": int, "grads": int, "optimizer": int, "total": int}
    """
    raise NotImplementedError("write me")
