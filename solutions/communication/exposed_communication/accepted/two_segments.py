# drill: exposed_communication
"""Differs in kind: the step is a segment without overlap and one in which the longer of the two decides."""


def step_time_lower_bound(compute_s, comm_s, overlap):
    if compute_s < 0 or comm_s < 0 or overlap < 0 or overlap > 1:
        raise ValueError("times must not be negative, and overlap must be in [0, 1]")
    shared = overlap * compute_s
    if comm_s > shared:
        exposed = comm_s - shared
        step = (compute_s - shared) + comm_s
    else:
        exposed = 0.0
        step = float(compute_s)
    return {
        "exposed_comm_s": exposed,
        "step_s": step,
        "comm_bound_fraction": 0.0 if step == 0 else exposed / step,
    }
