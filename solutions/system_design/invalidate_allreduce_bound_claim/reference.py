# drill: invalidate_allreduce_bound_claim
"""A collective lasts from its launch to its end, and only a part of that is transfer that somebody waits for.

The wait for late ranks would be as long on any network, and overlapped transfer costs nothing. What is left competes
with that wait and with the wait for data, each as a share of the step.
"""

import math
from statistics import median

LEDGER = {
    "grad_bytes": "2 * P",
    "ring_bytes": "2 * (R - 1) / R * 2 * P",  # reduce-scatter and all-gather, (R - 1) / R of the buffer each
    "transfer_ms": "1000 * 4 * P * (R - 1) / (R * W)",
    "exposed_share": "(C - S - O) / T",
    "warm_up": "ceil(n / 10)",
}

SIGNALS = ("step_ms", "compute_ms", "data_wait_ms", "comm_ms", "straggler_wait_ms", "overlapped_comm_ms")
MIN_WINDOWS = 8
LEAST_SHARE = 0.2
INSUFFICIENT = ("insufficient", "unknown")


def judge_allreduce_bound(telemetry: dict[str, list[float]]) -> dict[str, str]:
    """Say whether data-parallel training is limited by the gradient all-reduce."""
    verdict, bottleneck = judge(telemetry)
    return {"verdict": verdict, "bottleneck": bottleneck}


def judge(telemetry: dict[str, list[float]]) -> tuple[str, str]:
    if any(name not in telemetry for name in SIGNALS):
        return INSUFFICIENT
    windows = usable_windows(telemetry)
    if len(windows) < MIN_WINDOWS:
        return INSUFFICIENT

    step, _, data_wait, comm, straggler_wait, overlapped = (median(signal) for signal in zip(*windows, strict=True))
    shares = {
        "all_reduce": (comm - straggler_wait - overlapped) / step,
        "straggler": straggler_wait / step,
        "data": data_wait / step,
    }
    largest = max(shares, key=lambda name: shares[name])
    bottleneck = largest if shares[largest] >= LEAST_SHARE else "compute"
    return ("confirmed" if bottleneck == "all_reduce" else "invalidated"), bottleneck


def usable_windows(telemetry: dict[str, list[float]]) -> list[tuple[float, ...]]:
    """Steps after warm-up in which every signal is finite, as rows in SIGNALS' order."""
    windows = list(zip(*(telemetry[name] for name in SIGNALS), strict=True))
    warm_up = math.ceil(len(windows) / 10)  # counted over all windows, usable or not
    return [window for window in windows[warm_up:] if all(map(math.isfinite, window))]
