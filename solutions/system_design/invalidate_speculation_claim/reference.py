# drill: invalidate_speculation_claim
"""An A/B run compares like with like: windows of equal batch size, one ratio for each size, the median of these ratios.

A changed token refutes the claim whatever the speed, and one window is enough, so the mismatch is judged by its mean.
Only a run that is slower needs a cause.
"""

import math
from collections import defaultdict
from statistics import fmean, median
from typing import NamedTuple

LEDGER = {
    "acceptance": "k / g",
    "draft_share": "g * d / (g * d + v)",
    "rate_off": "1000 * B / t",
    "rate_on": "1000 * B * (k + 1) / (g * d + v)",  # the accepted tokens and one from the target
    "speedup": "(k + 1) * t / (g * d + v)",
    "warm_up": "ceil(n / 10)",
}

MIN_WINDOWS = 8  # of each arm
INSUFFICIENT = ("insufficient", "unknown")


class Window(NamedTuple):
    speculative: float
    batch_size: float
    tokens_per_s: float
    acceptance_rate: float
    draft_share: float
    greedy_mismatch: float


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
