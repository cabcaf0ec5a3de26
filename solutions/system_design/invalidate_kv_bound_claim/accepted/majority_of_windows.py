# drill: invalidate_kv_bound_claim
"""Differs in kind: no ratio and no median at all. A median reaches a threshold when at least half of the windows do, so
windows vote on each condition."""
from dataclasses import dataclass
from math import isfinite


@dataclass(frozen=True)
class Window:
    hbm_bytes_per_s: float
    hbm_peak_bytes_per_s: float
    kv_bytes_per_s: float
    sm_busy: float
    gpu_idle: float
    running_requests: float

    def usable(self):
        return all(isfinite(value) for value in vars(self).values()) and self.running_requests >= 1


def judge_kv_bound(telemetry):
    signals = [telemetry.get(name, []) for name in Window.__dataclass_fields__]
    if len({len(signal) for signal in signals}) > 1:  # a missing signal has no windows
        return {"verdict": "insufficient", "bottleneck": "unknown"}
    windows = [Window(*values) for values in zip(*signals, strict=True)]
    used = [window for index, window in enumerate(windows) if 10 * index >= len(windows) and window.usable()]
    if len(used) < 8:
        return {"verdict": "insufficient", "bottleneck": "unknown"}

    def most(condition):
        return 2 * sum(condition(window) for window in used) > len(used)

    memory = most(lambda w: w.hbm_bytes_per_s >= 0.7 * w.hbm_peak_bytes_per_s)
    if most(lambda w: w.gpu_idle >= 0.4):
        bottleneck = "host"
    elif memory and most(lambda w: w.kv_bytes_per_s >= 0.5 * w.hbm_bytes_per_s > 0):
        bottleneck = "kv_reads"
    elif memory:
        bottleneck = "weight_reads"
    else:
        bottleneck = "compute" if most(lambda w: w.sm_busy >= 0.7) else "latency"
    return {"verdict": "confirmed" if bottleneck == "kv_reads" else "invalidated", "bottleneck": bottleneck}
