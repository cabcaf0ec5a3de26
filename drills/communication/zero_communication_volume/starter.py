# drill: zero_communication_volume
"""ZeRO communication volume: fill in the ledger first, then the function."""

LEDGER = {
    "stage_0": "",  # bytes that one rank sends, in P, D, g, w
    "stage_1": "",
    "stage_3": "",
}


def zero_communication_bytes(
    n_params: int, dp: int, stage: int, *, param_bytes: int = 2, grad_bytes: int = 2,
) -> dict[str, int]:
    """Bytes that one rank sends in one optimizer step.

    Args:
        n_params: parameters of the model, a positive multiple of dp.
        dp: data-parallel ranks, at least 1.
        stage: ZeRO stage, 0 to 3.
        param_bytes, grad_bytes: bytes per element of what is sent.

    Returns:
        {"all_reduce": int, "reduce_scatter": int, "all_gather": int, "total": int}
    """
    raise NotImplementedError("write me")
