# drill: exposed_communication
# /// wrong
# fails = "numerics"
# message = "The fraction is exposed communication over compute, but it is over the whole step."
# ///
"""Shows in comm_bound_fraction when there is exposed communication."""


def step_time_lower_bound(compute_s: float, comm_s: float, overlap: float) -> dict[str, float]:
    if compute_s < 0 or comm_s < 0:
        raise ValueError("times must not be negative")
    if not 0 <= overlap <= 1:
        raise ValueError(f"overlap must be in [0, 1], got {overlap}")
    exposed = max(0.0, comm_s - overlap * compute_s)
    step = compute_s + exposed
    fraction = exposed / compute_s if compute_s > 0 else float(exposed > 0)
    return {"exposed_comm_s": exposed, "step_s": step, "comm_bound_fraction": fraction}
