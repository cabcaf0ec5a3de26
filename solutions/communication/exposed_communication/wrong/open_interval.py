# drill: exposed_communication
# /// wrong
# fails = "numerics"
# message = "overlap 0 and 1 are refused, but both ends of the interval are allowed."
# ///
"""Shows when overlap is 0 or 1: ValueError on valid input."""


def step_time_lower_bound(compute_s: float, comm_s: float, overlap: float) -> dict[str, float]:
    if compute_s < 0 or comm_s < 0:
        raise ValueError("times must not be negative")
    if not 0 < overlap < 1:
        raise ValueError(f"overlap must be in [0, 1], got {overlap}")
    exposed = max(0.0, comm_s - overlap * compute_s)
    step = compute_s + exposed
    fraction = exposed / step if step > 0 else 0.0
    return {"exposed_comm_s": exposed, "step_s": step, "comm_bound_fraction": fraction}
