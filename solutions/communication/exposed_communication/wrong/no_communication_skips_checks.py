# drill: exposed_communication
# /// wrong
# fails = "contract"
# message = "A step without communication returns before overlap is checked, so a bad one passes."
# ///
"""Shows when comm_s is 0 and overlap is outside [0, 1]."""


def step_time_lower_bound(compute_s: float, comm_s: float, overlap: float) -> dict[str, float]:
    if compute_s < 0 or comm_s < 0:
        raise ValueError("times must not be negative")
    if comm_s == 0:
        return {"exposed_comm_s": 0.0, "step_s": float(compute_s), "comm_bound_fraction": 0.0}
    if not 0 <= overlap <= 1:
        raise ValueError(f"overlap must be in [0, 1], got {overlap}")
    exposed = max(0.0, comm_s - overlap * compute_s)
    step = compute_s + exposed
    fraction = exposed / step if step > 0 else 0.0
    return {"exposed_comm_s": exposed, "step_s": step, "comm_bound_fraction": fraction}
