# drill: exposed_communication
# /// wrong
# fails = "numerics"
# message = "overlap is applied to the shorter of the two, so short communication is never hidden completely."
# ///
"""Shows when comm_s is below compute_s, comm_s above 0 and overlap between 0 and 1."""


def step_time_lower_bound(compute_s: float, comm_s: float, overlap: float) -> dict[str, float]:
    if compute_s < 0 or comm_s < 0:
        raise ValueError("times must not be negative")
    if not 0 <= overlap <= 1:
        raise ValueError(f"overlap must be in [0, 1], got {overlap}")
    exposed = comm_s - overlap * min(compute_s, comm_s)
    step = compute_s + exposed
    fraction = exposed / step if step > 0 else 0.0
    return {"exposed_comm_s": exposed, "step_s": step, "comm_bound_fraction": fraction}
