# drill: invalidate_allreduce_bound_claim
# /// wrong
# fails = "numerics"
# message = "The middle value is taken without sorting, so it is the one of the middle step in time, outlier or not."
# ///
"""Shows where the middle step is an outlier."""
import math


def middle(values):
    return values[len(values) // 2]


def judge_allreduce_bound(telemetry):
    transfer, straggler, data, fifth = [], [], [], []
    try:
        total = len(telemetry["step_ms"])
        for index in range(total):
            step = telemetry["step_ms"][index]
            compute = telemetry["compute_ms"][index]
            wait = telemetry["data_wait_ms"][index]
            comm = telemetry["comm_ms"][index]
            late = telemetry["straggler_wait_ms"][index]
            hidden = telemetry["overlapped_comm_ms"][index]
            if index < math.ceil(total / 10) or not math.isfinite(step + compute + wait + comm + late + hidden):
                continue
            transfer.append(max(0.0, comm - late - hidden))
            straggler.append(late)
            data.append(wait)
            fifth.append(step / 5)
    except KeyError:
        fifth = []
    if len(fifth) < 8:
        return {"verdict": "insufficient", "bottleneck": "unknown"}
    bottleneck, largest = "compute", middle(fifth)
    for name, values in (("data", data), ("straggler", straggler), ("all_reduce", transfer)):
        if middle(values) >= largest:
            bottleneck, largest = name, middle(values)
    return {"verdict": "confirmed" if bottleneck == "all_reduce" else "invalidated", "bottleneck": bottleneck}
