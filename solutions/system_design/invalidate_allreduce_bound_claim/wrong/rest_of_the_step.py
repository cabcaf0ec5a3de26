# drill: invalidate_allreduce_bound_claim
# /// wrong
# fails = "numerics"
# message = """What compute, data wait and straggler wait leave of the step is taken for transfer, but a step has \
# parts that no signal names."""
# ///
"""Shows where such a part (a checkpoint, say) takes a fifth of the step or more."""
import math
import statistics

SIGNALS = ["step_ms", "compute_ms", "data_wait_ms", "comm_ms", "straggler_wait_ms", "overlapped_comm_ms"]


def judge_allreduce_bound(telemetry):
    insufficient = {"verdict": "insufficient", "bottleneck": "unknown"}
    if any(name not in telemetry for name in SIGNALS):
        return insufficient
    columns = [telemetry[name] for name in SIGNALS]
    steps = list(zip(*columns))
    steps = steps[math.ceil(len(steps) / 10) :]
    steps = [s for s in steps if all(math.isfinite(value) for value in s)]
    if len(steps) < 8:
        return insufficient
    step, compute, data, comm, late, hidden = [statistics.median(column) for column in zip(*steps)]
    transfer = step - compute - data - late
    shares = {"all_reduce": transfer / step, "straggler": late / step, "data": data / step}
    bottleneck = max(shares, key=shares.get)
    if shares[bottleneck] < 0.2:
        bottleneck = "compute"
    return {"verdict": "confirmed" if bottleneck == "all_reduce" else "invalidated", "bottleneck": bottleneck}
