# drill: invalidate_allreduce_bound_claim
# /// wrong
# fails = "numerics"
# message = "Each signal drops its own NaN, so a step that is unusable in one signal still counts in the others."
# ///
"""Shows where few steps are whole, though each signal has many finite values."""
import math
import statistics

SIGNALS = ["step_ms", "compute_ms", "data_wait_ms", "comm_ms", "straggler_wait_ms", "overlapped_comm_ms"]


def judge_allreduce_bound(telemetry):
    insufficient = {"verdict": "insufficient", "bottleneck": "unknown"}
    if any(name not in telemetry for name in SIGNALS):
        return insufficient
    columns = [telemetry[name] for name in SIGNALS]
    columns = [column[math.ceil(len(column) / 10) :] for column in columns]
    columns = [[value for value in column if math.isfinite(value)] for column in columns]
    if min(map(len, columns)) < 8:
        return insufficient
    step, compute, data, comm, late, hidden = [statistics.median(column) for column in columns]
    transfer = comm - late - hidden
    shares = {"all_reduce": transfer / step, "straggler": late / step, "data": data / step}
    bottleneck = max(shares, key=shares.get)
    if shares[bottleneck] < 0.2:
        bottleneck = "compute"
    return {"verdict": "confirmed" if bottleneck == "all_reduce" else "invalidated", "bottleneck": bottleneck}
