# drill: zero_communication_volume
# /// wrong
# fails = "numerics"
# message = "Each pass counts all n_params elements, but a rank sends dp - 1 of the dp shards, and with dp = 1 none."
# ///
"""Shows at every stage, most with few ranks."""


def zero_communication_bytes(
    n_params: int, dp: int, stage: int, *, param_bytes: int = 2, grad_bytes: int = 2,
) -> dict[str, int]:
    if dp < 1:
        raise ValueError(f"dp must be at least 1, got {dp}")
    if n_params < 1 or n_params % dp:
        raise ValueError(f"n_params must be a positive multiple of dp = {dp}, got {n_params}")
    if stage not in (0, 1, 2, 3):
        raise ValueError(f"stage must be 0, 1, 2 or 3, got {stage}")
    elements = n_params
    all_reduce = 2 * elements * grad_bytes if stage == 0 else 0
    reduce_scatter = elements * grad_bytes if stage >= 1 else 0
    all_gather = (0, 1, 1, 2)[stage] * elements * param_bytes
    total = all_reduce + reduce_scatter + all_gather
    return {"all_reduce": all_reduce, "reduce_scatter": reduce_scatter, "all_gather": all_gather, "total": total}
