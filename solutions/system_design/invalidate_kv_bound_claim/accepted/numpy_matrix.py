# drill: invalidate_kv_bound_claim
"""Differs in kind: one numpy matrix of windows, a boolean mask for the usable ones, and ratios in each window before
the median."""
import numpy as np

NAMES = ["hbm_bytes_per_s", "hbm_peak_bytes_per_s", "kv_bytes_per_s", "sm_busy", "gpu_idle", "running_requests"]


def answer(bottleneck):
    verdict = {"unknown": "insufficient", "kv_reads": "confirmed"}.get(bottleneck, "invalidated")
    return {"verdict": verdict, "bottleneck": bottleneck}


def judge_kv_bound(telemetry):
    try:
        table = np.array([telemetry[name] for name in NAMES], dtype=np.float64)  # [6, n]
    except KeyError:
        return answer("unknown")
    n = table.shape[1]
    keep = np.isfinite(table).all(axis=0)  # [n]
    keep &= np.arange(n) >= -(-n // 10)
    keep &= table[5] >= 1
    if keep.sum() < 8:
        return answer("unknown")
    hbm, peak, kv, busy, idle, _ = table[:, keep]
    shares = np.divide(kv, hbm, out=np.zeros_like(kv), where=hbm > 0)
    load, kv_share = np.median(hbm / peak), np.median(shares)
    if np.median(idle) >= 0.4:
        return answer("host")
    if load >= 0.7:
        return answer("kv_reads" if kv_share >= 0.5 else "weight_reads")
    return answer("compute" if np.median(busy) >= 0.7 else "latency")
