# drill: exposed_communication
"""Exposed communication: fill in the ledger first, then the function."""

LEDGER = {
    "window": "",  # communication that can be hidden at most, in C, k
    "exposed": "",  # in C, M, k
    "step": "",  # in C, M, k
}


def step_time_lower_bound(compute_s: float, comm_s: float, overlap: float) -> dict[str, float]:
    """What a step takes at least when a fraction of the compute can hide communication.

    Args:
        compute_s: compute time, at least 0.
        comm_s: communication time, at least 0.
        overlap: fraction of the compute time that can hide communication, in [0, 1].

    Returns:
        {"exposed_comm_s": float, "step_s": float, "comm_bound_fraction": float}
    """
    raise NotImplementedError("write me")
