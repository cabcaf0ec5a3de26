# drill: invalidate_allreduce_bound_claim
"""Differs in kind: numpy; the shares of each step first, then the median over steps, and argmax for the name."""
import numpy as np

SIGNALS = ["step_ms", "compute_ms", "data_wait_ms", "comm_ms", "straggler_wait_ms", "overlapped_comm_ms"]
NAMES = ["all_reduce", "straggler", "data"]


def judge_allreduce_bound(telemetry):
    insufficient = {"verdict": "insufficient", "bottleneck": "unknown"}
    if set(SIGNALS) - set(telemetry):
        return insufficient
    table = np.asarray([telemetry[name] for name in SIGNALS], dtype=float)  # [6, n]
    table = table[:, int(np.ceil(table.shape[1] / 10)) :]
    table = table[:, np.isfinite(table).all(axis=0)]
    if table.shape[1] < 8:
        return insufficient
    step, _, data, comm, late, hidden = table
    shares = np.median(np.stack([comm - late - hidden, late, data]) / step, axis=1)  # [3]
    bottleneck = NAMES[shares.argmax()] if shares.max() >= 0.2 else "compute"
    return {"verdict": "confirmed" if bottleneck == "all_reduce" else "invalidated", "bottleneck": bottleneck}
