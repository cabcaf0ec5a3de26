# drill: exposed_communication
# /// wrong
# fails = "numerics"
# message = "The fraction is 1 minus the compute share, which loses the digits of a short communication."
# ///
"""Shows when the communication is very short against the compute."""

def step_time_lower_bound(compute_s: float, comm_s: float, overlap: float) -> dict[str, float]:
    """What a step takes when a fraction of its compute can hide communication."""
    if compute_s < 0:
        raise ValueError(f"compute_s must not be negative, got {compute_s}")
    if comm_s < 0:
        raise ValueError(f"comm_s must not be negative, got {comm_s}")
    if not 0 <= overlap <= 1:
        raise ValueError(f"overlap must be in [0, 1], got {overlap}")

    window = overlap * compute_s
    exposed = max(0.0, comm_s - window)
    step = float(compute_s + exposed)
    fraction = 1 - compute_s / step if step > 0 else 0.0
    return {"exposed_comm_s": exposed, "step_s": step, "comm_bound_fraction": fraction}
