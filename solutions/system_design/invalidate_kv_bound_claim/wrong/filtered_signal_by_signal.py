# drill: invalidate_kv_bound_claim
# /// wrong
# fails = "numerics"
# message = "Each signal drops its own NaN, so a window that is unusable in one signal still counts in the others."
# ///
"""Shows where few windows are whole, though each signal has many finite values."""
import math
import statistics

SIGNALS = ["hbm_bytes_per_s", "hbm_peak_bytes_per_s", "kv_bytes_per_s", "sm_busy", "gpu_idle", "running_requests"]


def judge_kv_bound(telemetry):
    insufficient = {"verdict": "insufficient", "bottleneck": "unknown"}
    if any(name not in telemetry for name in SIGNALS):
        return insufficient
    columns = [telemetry[name] for name in SIGNALS]
    columns = [column[math.ceil(len(column) / 10) :] for column in columns]
    running = columns[5]
    columns = [[v for v, r in zip(c, running) if math.isfinite(v) and not r < 1] for c in columns]
    if min(map(len, columns)) < 8:
        return insufficient
    hbm, peak, kv, busy, idle, _ = [statistics.median(column) for column in columns]
    load = hbm / peak
    share = kv / hbm if hbm > 0 else 0.0
    if idle >= 0.4:
        bottleneck = "host"
    elif load >= 0.7 and share >= 0.5:
        bottleneck = "kv_reads"
    elif load >= 0.7:
        bottleneck = "weight_reads"
    elif busy >= 0.7:
        bottleneck = "compute"
    else:
        bottleneck = "latency"
    return {"verdict": "confirmed" if bottleneck == "kv_reads" else "invalidated", "bottleneck": bottleneck}
