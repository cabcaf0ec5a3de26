# drill: exposed_communication
"""Differs in kind: computes what is hidden, the smaller of window and communication, and takes it off."""
import math


def step_time_lower_bound(compute_s, comm_s, overlap):
    for name, value in (("compute_s", compute_s), ("comm_s", comm_s)):
        if value < 0:
            raise ValueError(f"{name} is negative: {value}")
    if overlap < 0 or overlap > 1:
        raise ValueError(f"overlap is outside [0, 1]: {overlap}")
    hidden = min(comm_s, compute_s * overlap)
    exposed = comm_s - hidden
    step = math.fsum((compute_s, exposed))
    try:
        fraction = exposed / step
    except ZeroDivisionError:
        fraction = 0.0
    return {"exposed_comm_s": exposed, "step_s": step, "comm_bound_fraction": fraction}
