# drill: exposed_communication
# /// wrong
# fails = "numerics"
# message = "min stands where max belongs, so exposed communication is never above 0."
# source = "https://github.com/databricks/dais-cow-bff/pull/3"
# ///
"""Shows unless comm_s equals overlap * compute_s."""


def step_time_lower_bound(compute_s: float, comm_s: float, overlap: float) -> dict[str, float]:
    if compute_s < 0 or comm_s < 0:
        raise ValueError("times must not be negative")
    if not 0 <= overlap <= 1:
        raise ValueError(f"overlap must be in [0, 1], got {overlap}")
    exposed = min(0.0, comm_s - overlap * compute_s)
    step = compute_s + exposed
    fraction = exposed / step if step > 0 else 0.0
    return {"exposed_comm_s": exposed, "step_s": step, "comm_bound_fraction": fraction}
