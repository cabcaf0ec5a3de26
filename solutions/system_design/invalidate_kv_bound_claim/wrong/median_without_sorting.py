# drill: invalidate_kv_bound_claim
# /// wrong
# fails = "numerics"
# message = "The middle value is taken without sorting, so it is the one of the middle window in time, outlier or not."
# ///
"""Shows where the middle window is an outlier."""
import math

SIGNALS = ("hbm_bytes_per_s", "hbm_peak_bytes_per_s", "kv_bytes_per_s", "sm_busy", "gpu_idle", "running_requests")
MIN_WINDOWS = 8
INSUFFICIENT = ("insufficient", "unknown")


def median(values):
    values = list(values)
    return values[len(values) // 2]


def judge_kv_bound(telemetry: dict[str, list[float]]) -> dict[str, str]:
    """Say whether decode is limited by reading the KV cache."""
    verdict, bottleneck = judge(telemetry)
    return {"verdict": verdict, "bottleneck": bottleneck}


def judge(telemetry: dict[str, list[float]]) -> tuple[str, str]:
    if any(name not in telemetry for name in SIGNALS):
        return INSUFFICIENT
    windows = usable_windows(telemetry)
    if len(windows) < MIN_WINDOWS:
        return INSUFFICIENT

    hbm, peak, kv, busy, idle, _ = (median(signal) for signal in zip(*windows, strict=True))
    bottleneck = limiting(hbm / peak, share(kv, hbm), busy, idle)
    return ("confirmed" if bottleneck == "kv_reads" else "invalidated"), bottleneck


def usable_windows(telemetry: dict[str, list[float]]) -> list[tuple[float, ...]]:
    """Windows after warm-up in which every signal is finite and a request runs, as rows in SIGNALS' order."""
    windows = list(zip(*(telemetry[name] for name in SIGNALS), strict=True))
    warm_up = math.ceil(len(windows) / 10)  # counted over all windows, usable or not
    return [window for window in windows[warm_up:] if all(map(math.isfinite, window)) and window[-1] >= 1]


def share(part: float, whole: float) -> float:
    return part / whole if whole > 0 else 0.0


def limiting(hbm_load: float, kv_share: float, busy: float, idle: float) -> str:
    if idle >= 0.4:
        return "host"
    if hbm_load >= 0.7:
        return "kv_reads" if kv_share >= 0.5 else "weight_reads"
    return "compute" if busy >= 0.7 else "latency"
