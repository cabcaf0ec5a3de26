# drill: invalidate_allreduce_bound_claim
# /// wrong
# fails = "contract"
# message = "A missing signal is read as zeros, but without it the evidence is insufficient."
# ///
"""Shows where a signal is missing."""
import math
import statistics

SIGNALS = ["step_ms", "compute_ms", "data_wait_ms", "comm_ms", "straggler_wait_ms", "overlapped_comm_ms"]


def judge_allreduce_bound(telemetry):
    insufficient = {"verdict": "insufficient", "bottleneck": "unknown"}
    if "step_ms" not in telemetry:
        return insufficient
    columns = [telemetry.get(name, [0.0] * len(telemetry["step_ms"])) for name in SIGNALS]
    steps = list(zip(*columns))
    steps = steps[math.ceil(len(steps) / 10) :]
    steps = [s for s in steps if all(math.isfinite(value) for value in s)]
    if len(steps) < 8:
        return insufficient
    step, compute, data, comm, late, hidden = [statistics.median(column) for column in zip(*steps)]
    transfer = comm - late - hidden
    shares = {"all_reduce": transfer / step, "straggler": late / step, "data": data / step}
    bottleneck = max(shares, key=shares.get)
    if shares[bottleneck] < 0.2:
        bottleneck = "compute"
    return {"verdict": "confirmed" if bottleneck == "all_reduce" else "invalidated", "bottleneck": bottleneck}
