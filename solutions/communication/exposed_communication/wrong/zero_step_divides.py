# drill: exposed_communication
# /// wrong
# fails = "numerics"
# message = "A step of no time divides 0 by 0 and crashes, but its fraction is 0.0."
# source = "https://github.com/hpcaitech/ColossalAI/issues/408"
# ///
"""Shows as ZeroDivisionError when compute_s and comm_s are both 0."""


def step_time_lower_bound(compute_s: float, comm_s: float, overlap: float) -> dict[str, float]:
    if compute_s < 0 or comm_s < 0:
        raise ValueError("times must not be negative")
    if not 0 <= overlap <= 1:
        raise ValueError(f"overlap must be in [0, 1], got {overlap}")
    exposed = max(0.0, comm_s - overlap * compute_s)
    step = compute_s + exposed
    fraction = exposed / step
    return {"exposed_comm_s": exposed, "step_s": step, "comm_bound_fraction": fraction}
