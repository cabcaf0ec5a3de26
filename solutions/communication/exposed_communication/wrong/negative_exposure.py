# drill: exposed_communication
# /// wrong
# fails = "numerics"
# message = "The exposed part is not cut off at 0, so a window longer than the communication shortens the step."
# ///
"""Shows when overlap * compute_s is above comm_s."""


def step_time_lower_bound(compute_s: float, comm_s: float, overlap: float) -> dict[str, float]:
    if compute_s < 0 or comm_s < 0:
        raise ValueError("times must not be negative")
    if not 0 <= overlap <= 1:
        raise ValueError(f"overlap must be in [0, 1], got {overlap}")
    exposed = comm_s - overlap * compute_s
    step = compute_s + exposed
    fraction = exposed / step if step > 0 else 0.0
    return {"exposed_comm_s": exposed, "step_s": step, "comm_bound_fraction": fraction}
