# drill: invalidate_kv_bound_claim
"""Differs in kind: float32 tensors, and torch.median, which takes the lower of the two middle values."""
import torch

NAMES = ("gpu_idle", "hbm_bytes_per_s", "hbm_peak_bytes_per_s", "kv_bytes_per_s", "running_requests", "sm_busy")


def judge_kv_bound(telemetry):
    unknown = {"verdict": "insufficient", "bottleneck": "unknown"}
    if not set(NAMES) <= telemetry.keys():
        return unknown
    table = torch.tensor([telemetry[name] for name in NAMES])  # [6, n]
    table = table[:, (table.shape[1] + 9) // 10 :]
    table = table[:, table.isfinite().all(dim=0)]
    table = table[:, ~(table[4] < 1)]
    if table.shape[1] < 8:
        return unknown
    idle, hbm, peak, kv, _, busy = table.median(dim=1).values.tolist()
    rules = [
        (idle >= 0.4, "host"),
        (hbm >= 0.7 * peak and hbm > 0 and kv >= 0.5 * hbm, "kv_reads"),
        (hbm >= 0.7 * peak, "weight_reads"),
        (busy >= 0.7, "compute"),
        (True, "latency"),
    ]
    bottleneck = next(name for holds, name in rules if holds)
    return {"verdict": ("invalidated", "confirmed")[bottleneck == "kv_reads"], "bottleneck": bottleneck}
