# drill: exposed_communication
# /// wrong
# fails = "numerics"
# message = "The hidden time is taken off the compute as well, but computing goes on while it hides something."
# source = "https://github.com/GindaChen/nsys-ai/pull/247"
# ///
"""Shows in step_s and the fraction when comm_s and overlap * compute_s are above 0."""


def step_time_lower_bound(compute_s: float, comm_s: float, overlap: float) -> dict[str, float]:
    if compute_s < 0 or comm_s < 0:
        raise ValueError("times must not be negative")
    if not 0 <= overlap <= 1:
        raise ValueError(f"overlap must be in [0, 1], got {overlap}")
    exposed = max(0.0, comm_s - overlap * compute_s)
    step = compute_s - min(comm_s, overlap * compute_s) + exposed
    fraction = exposed / step if step > 0 else 0.0
    return {"exposed_comm_s": exposed, "step_s": step, "comm_bound_fraction": fraction}
