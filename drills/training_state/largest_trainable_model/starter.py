# drill: largest_trainable_model
"""Largest trainable model: fill in the ledger first, then the function."""

LEDGER = {
    "stage_0": "",  # bytes per rank of n parameters, default bytes per parameter
    "stage_1": "",  # the same with D ranks
    "largest_at_stage_0": "",  # largest n for X bytes
    "largest_at_stage_3": "",  # largest n for X bytes and D ranks
}


def max_trainable_params(
    budget_bytes: int, dp: int, stage: int, *, reserved_bytes: int = 0,
    param_bytes: int = 2, grad_bytes: int = 2, optimizer_bytes: int = 12,
) -> int:
    """The largest number of parameters whose training state fits one rank.

    Args:
        budget_bytes: memory of one rank, at least 0.
        dp: data-parallel ranks, at least 1.
        stage: ZeRO stage, 0 to 3.
        reserved_bytes: memory kept free for all else, at least 0.
        param_bytes, grad_bytes, optimizer_bytes: bytes per parameter of each state, at least 0 and not all 0.

    Returns:
        The largest n that fits, 0 if none does.
    """
    raise NotImplementedError("write me")
