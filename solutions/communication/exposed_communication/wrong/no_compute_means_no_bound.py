# drill: exposed_communication
# /// wrong
# fails = "numerics"
# message = "A step without compute gets the fraction 0.0, but it is all communication: 1.0."
# ///
"""Shows in comm_bound_fraction when compute_s is 0 and comm_s is not."""


def step_time_lower_bound(compute_s: float, comm_s: float, overlap: float) -> dict[str, float]:
    if compute_s < 0 or comm_s < 0:
        raise ValueError("times must not be negative")
    if not 0 <= overlap <= 1:
        raise ValueError(f"overlap must be in [0, 1], got {overlap}")
    exposed = max(0.0, comm_s - overlap * compute_s)
    step = compute_s + exposed
    fraction = exposed / step if compute_s > 0 else 0.0
    return {"exposed_comm_s": exposed, "step_s": step, "comm_bound_fraction": fraction}
