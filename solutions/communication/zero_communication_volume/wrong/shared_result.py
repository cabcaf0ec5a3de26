# drill: zero_communication_volume
# /// wrong
# fails = "contract"
# message = "One dict of the module is filled and returned by every call, so a later call changes an earlier result."
# ///
"""Shows when an earlier result is looked at after a later call."""

SENT = {"all_reduce": 0, "reduce_scatter": 0, "all_gather": 0, "total": 0}


def zero_communication_bytes(
    n_params: int, dp: int, stage: int, *, param_bytes: int = 2, grad_bytes: int = 2,
) -> dict[str, int]:
    if dp < 1 or n_params < 1 or n_params % dp or stage not in (0, 1, 2, 3):
        raise ValueError("bad n_params, dp or stage")
    elements = (dp - 1) * (n_params // dp)
    SENT["all_reduce"] = 2 * elements * grad_bytes if stage == 0 else 0
    SENT["reduce_scatter"] = 0 if stage == 0 else elements * grad_bytes
    SENT["all_gather"] = (0, 1, 1, 2)[stage] * elements * param_bytes
    SENT["total"] = SENT["all_reduce"] + SENT["reduce_scatter"] + SENT["all_gather"]
    return SENT
