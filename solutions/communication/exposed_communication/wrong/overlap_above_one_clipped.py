# drill: exposed_communication
# /// wrong
# fails = "contract"
# message = "An overlap above 1 is clipped instead of raising ValueError."
# ///
"""Shows when overlap is above 1."""


def step_time_lower_bound(compute_s: float, comm_s: float, overlap: float) -> dict[str, float]:
    if compute_s < 0 or comm_s < 0:
        raise ValueError("times must not be negative")
    if overlap < 0:
        raise ValueError(f"overlap must be in [0, 1], got {overlap}")
    overlap = min(overlap, 1)
    exposed = max(0.0, comm_s - overlap * compute_s)
    step = compute_s + exposed
    fraction = exposed / step if step > 0 else 0.0
    return {"exposed_comm_s": exposed, "step_s": step, "comm_bound_fraction": fraction}
