# drill: invalidate_speculation_claim
"""Differs in kind: numpy masks over whole columns; sizes from intersect1d; causes are taken over matched
sizes alone."""
import numpy as np

SIGNALS = ["speculative", "batch_size", "tokens_per_s", "acceptance_rate", "draft_share", "greedy_mismatch"]


def judge_speculation(telemetry):
    bottleneck = find(telemetry)
    verdicts = {"none": "confirmed", "unknown": "insufficient"}
    return {"verdict": verdicts.get(bottleneck, "invalidated"), "bottleneck": bottleneck}


def find(telemetry):
    if not all(name in telemetry for name in SIGNALS):
        return "unknown"
    table = np.array([telemetry[name] for name in SIGNALS], dtype=np.float64)  # [6, n]
    table = table[:, -(-table.shape[1] // 10) :]
    table = table[:, np.isfinite(table).all(axis=0)]
    flag, size, rate, acceptance, draft, mismatch = table
    on, off = flag > 0.5, flag < 0.5
    sizes = np.intersect1d(size[on], size[off])
    matched = np.isin(size, sizes)
    on, off = on & matched, off & matched
    if on.sum() < 8 or off.sum() < 8:
        return "unknown"
    ratios = [np.median(rate[on & (size == s)]) / np.median(rate[off & (size == s)]) for s in sizes]
    if mismatch[on].mean() > 0:
        return "correctness"
    if np.median(ratios) >= 1:
        return "none"
    if np.median(acceptance[on]) < 0.4:
        return "acceptance"
    return "draft_overhead" if np.median(draft[on]) >= 0.4 else "batching"
