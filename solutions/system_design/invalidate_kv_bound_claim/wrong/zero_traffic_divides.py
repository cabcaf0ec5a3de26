# drill: invalidate_kv_bound_claim
# /// wrong
# fails = "numerics"
# message = "The share of the cache is divided by the traffic without a look whether there is any."
# source = "https://github.com/vllm-project/vllm/pull/24322"
# ///
"""Shows where no window has HBM traffic: ZeroDivisionError."""
import math
import statistics

SIGNALS = ["hbm_bytes_per_s", "hbm_peak_bytes_per_s", "kv_bytes_per_s", "sm_busy", "gpu_idle", "running_requests"]


def judge_kv_bound(telemetry):
    insufficient = {"verdict": "insufficient", "bottleneck": "unknown"}
    if any(name not in telemetry for name in SIGNALS):
        return insufficient
    columns = [telemetry[name] for name in SIGNALS]
    windows = list(zip(*columns))
    windows = windows[math.ceil(len(windows) / 10) :]
    windows = [w for w in windows if all(math.isfinite(value) for value in w)]
    windows = [w for w in windows if w[5] >= 1]
    if len(windows) < 8:
        return insufficient
    hbm, peak, kv, busy, idle, _ = [statistics.median(column) for column in zip(*windows)]
    load = hbm / peak
    share = kv / hbm
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
