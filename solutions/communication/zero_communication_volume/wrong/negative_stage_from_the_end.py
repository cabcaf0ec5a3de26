# drill: zero_communication_volume
# /// wrong
# fails = "contract"
# message = "The stage indexes a list unchecked, so -1 means stage 3 and 4 raises IndexError, not ValueError."
# ///
"""Shows when stage is below 0 or above 3."""

GATHERS = [0, 1, 1, 2]


def zero_communication_bytes(
    n_params: int, dp: int, stage: int, *, param_bytes: int = 2, grad_bytes: int = 2,
) -> dict[str, int]:
    if dp < 1 or n_params < 1 or n_params % dp:
        raise ValueError("bad n_params or dp")
    elements = (dp - 1) * (n_params // dp)
    gathers = GATHERS[stage]
    all_reduce = 0 if gathers else 2 * elements * grad_bytes
    reduce_scatter = elements * grad_bytes if gathers else 0
    all_gather = gathers * elements * param_bytes
    total = all_reduce + reduce_scatter + all_gather
    return {"all_reduce": all_reduce, "reduce_scatter": reduce_scatter, "all_gather": all_gather, "total": total}
