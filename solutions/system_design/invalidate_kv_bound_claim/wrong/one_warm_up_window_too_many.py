# drill: invalidate_kv_bound_claim
# /// wrong
# fails = "numerics"
# message = "One window more than the first tenth is taken for warm-up."
# ///
"""Shows where that window makes eight."""
import math
from statistics import median
def _use(tel, keys):
    if any(k not in tel for k in keys): return []
    n = len(tel[keys[0]]); w = math.ceil(n / 10) + 1
    rows = [dict(zip(keys, v)) for v in zip(*(tel[k] for k in keys))][w:]
    return [r for r in rows if all(math.isfinite(x) for x in r.values())]
def _ans(b, good): return {"verdict": "insufficient" if b == "unknown" else "confirmed" if b == good else "invalidated", "bottleneck": b}
def _div(a, b): return a / b if b else 0.0

K = ["hbm_bytes_per_s", "hbm_peak_bytes_per_s", "kv_bytes_per_s", "sm_busy", "gpu_idle", "running_requests"]
def judge_kv_bound(telemetry):
    rows = [r for r in _use(telemetry, K) if r["running_requests"] >= 1]
    if len(rows) < 8: return _ans("unknown", "kv_reads")
    m = {k: median(r[k] for r in rows) for k in K}
    use = median(_div(r["hbm_bytes_per_s"], r["hbm_peak_bytes_per_s"]) for r in rows)
    share = median(_div(r["kv_bytes_per_s"], r["hbm_bytes_per_s"]) for r in rows)
    if m["gpu_idle"] >= 0.4: b = "host"
    elif use >= 0.7: b = "kv_reads" if share >= 0.5 else "weight_reads"
    elif m["sm_busy"] >= 0.7: b = "compute"
    else: b = "latency"
    return _ans(b, "kv_reads")
