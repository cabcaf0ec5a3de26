# drill: exposed_communication
# /// wrong
# fails = "numerics"
# message = "overlap is applied to the communication time, but it is the share of the compute that can hide some."
# source = "https://github.com/dylanyunlon/Neuron_SP/issues/572"
# ///
"""Shows when overlap is above 0 and comm_s differs from compute_s."""


def step_time_lower_bound(compute_s: float, comm_s: float, overlap: float) -> dict[str, float]:
    if compute_s < 0 or comm_s < 0:
        raise ValueError("times must not be negative")
    if not 0 <= overlap <= 1:
        raise ValueError(f"overlap must be in [0, 1], got {overlap}")
    exposed = (1 - overlap) * comm_s
    step = compute_s + exposed
    fraction = exposed / step if step > 0 else 0.0
    return {"exposed_comm_s": exposed, "step_s": step, "comm_bound_fraction": fraction}
