# drill: exposed_communication
# /// wrong
# fails = "contract"
# message = "An overlap of up to 100 is let through, as if it were given in percent; it is a share from 0 to 1."
# ///
"""Shows where overlap is above 1."""
def step_time_lower_bound(compute_s, comm_s, overlap):
    if compute_s < 0 or comm_s < 0 or not 0 <= overlap <= 100: raise ValueError("bad")
    e = max(0.0, comm_s - overlap * compute_s)
    s = compute_s + e
    return {"exposed_comm_s": e, "step_s": s, "comm_bound_fraction": e / s if s else 0.0}
