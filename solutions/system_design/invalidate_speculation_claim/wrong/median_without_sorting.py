# drill: invalidate_speculation_claim
# /// wrong
# fails = "numerics"
# message = "The middle value is taken without sorting, so it is the one of the middle window in time, outlier or not."
# ///
"""Shows where the middle window is an outlier."""
import math
from collections import defaultdict
from statistics import fmean
from typing import NamedTuple

MIN_WINDOWS = 8  # of each arm
INSUFFICIENT = ("insufficient", "unknown")


class Window(NamedTuple):
    speculative: float
    batch_size: float
    tokens_per_s: float
    acceptance_rate: float
    draft_share: float
    greedy_mismatch: float


def median(values):
    values = list(values)
    return values[len(values) // 2]


def judge_speculation(telemetry: dict[str, list[float]]) -> dict[str, str]:
    """Say whether speculative decoding is faster and leaves the output as it was."""
    verdict, bottleneck = judge(telemetry)
    return {"verdict": verdict, "bottleneck": bottleneck}


def judge(telemetry: dict[str, list[float]]) -> tuple[str, str]:
    if any(name not in telemetry for name in Window._fields):
        return INSUFFICIENT
    windows = usable_windows(telemetry)
    on = [window for window in windows if window.speculative == 1.0]
    off = [window for window in windows if window.speculative == 0.0]

    on_rates, off_rates = rates_by_size(on), rates_by_size(off)
    matched = on_rates.keys() & off_rates.keys()
    if min(sum(len(rates[size]) for size in matched) for rates in (on_rates, off_rates)) < MIN_WINDOWS:
        return INSUFFICIENT

    speedup = median(median(on_rates[size]) / median(off_rates[size]) for size in matched)
    bottleneck = limiting(on, speedup)
    return ("confirmed" if bottleneck == "none" else "invalidated"), bottleneck


def usable_windows(telemetry: dict[str, list[float]]) -> list[Window]:
    """Windows after warm-up in which every signal is finite."""
    windows = [Window(*values) for values in zip(*(telemetry[name] for name in Window._fields), strict=True)]
    warm_up = math.ceil(len(windows) / 10)  # counted over all windows, usable or not
    return [window for window in windows[warm_up:] if all(map(math.isfinite, window))]


def rates_by_size(windows: list[Window]) -> dict[float, list[float]]:
    rates = defaultdict(list)
    for window in windows:
        rates[window.batch_size].append(window.tokens_per_s)
    return dict(rates)


def limiting(on: list[Window], speedup: float) -> str:
    if fmean(window.greedy_mismatch for window in on) > 0:
        return "correctness"
    if speedup >= 1.0:
        return "none"
    if median(window.acceptance_rate for window in on) < 0.4:
        return "acceptance"
    return "draft_overhead" if median(window.draft_share for window in on) >= 0.4 else "batching"
