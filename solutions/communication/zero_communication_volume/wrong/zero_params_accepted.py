# drill: zero_communication_volume
# /// wrong
# fails = "contract"
# message = "0 % dp is 0, so no parameters at all pass as a multiple of dp instead of raising ValueError."
# ///
"""Shows when n_params is 0."""


def zero_communication_bytes(
    n_params: int, dp: int, stage: int, *, param_bytes: int = 2, grad_bytes: int = 2,
) -> dict[str, int]:
    if dp < 1:
        raise ValueError(f"dp must be at least 1, got {dp}")
    if n_params < 0 or n_params % dp:
        raise ValueError(f"n_params must be a positive multiple of dp = {dp}, got {n_params}")
    if stage not in (0, 1, 2, 3):
        raise ValueError(f"stage must be 0, 1, 2 or 3, got {stage}")
    elements = (dp - 1) * (n_params // dp)
    all_reduce = 2 * elements * grad_bytes if stage == 0 else 0
    reduce_scatter = elements * grad_bytes if stage >= 1 else 0
    all_gather = (0, 1, 1, 2)[stage] * elements * param_bytes
    total = all_reduce + reduce_scatter + all_gather
    return {"all_reduce": all_reduce, "reduce_scatter": reduce_scatter, "all_gather": all_gather, "total": total}
