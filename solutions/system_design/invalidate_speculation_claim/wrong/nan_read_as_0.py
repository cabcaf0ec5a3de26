# drill: invalidate_speculation_claim
# /// wrong
# fails = "numerics"
# message = "A NaN is read as 0, so unusable windows count, and one with a flag of NaN counts as off."
# ///
"""Shows where windows hold NaN."""
import math
import statistics

SIGNALS = ["speculative", "batch_size", "tokens_per_s", "acceptance_rate", "draft_share", "greedy_mismatch"]


def judge_speculation(telemetry):
    insufficient = {"verdict": "insufficient", "bottleneck": "unknown"}
    if any(name not in telemetry for name in SIGNALS):
        return insufficient
    columns = [telemetry[name] for name in SIGNALS]
    windows = list(zip(*columns))
    windows = windows[math.ceil(len(windows) / 10) :]
    windows = [[0.0 if math.isnan(value) else value for value in w] for w in windows]
    windows = [w for w in windows if all(math.isfinite(value) for value in w)]
    on = [w for w in windows if w[0] == 1.0]
    off = [w for w in windows if w[0] == 0.0]
    sizes = sorted({w[1] for w in on} & {w[1] for w in off})
    matched_on = [w for w in on if w[1] in sizes]
    matched_off = [w for w in off if w[1] in sizes]
    if len(matched_on) < 8 or len(matched_off) < 8:
        return insufficient
    ratios = []
    for size in sizes:
        fast = statistics.median(w[2] for w in on if w[1] == size)
        slow = statistics.median(w[2] for w in off if w[1] == size)
        ratios.append(fast / slow)
    speedup = statistics.median(ratios)
    mismatch = statistics.fmean(w[5] for w in on)
    acceptance = statistics.median(w[3] for w in on)
    draft = statistics.median(w[4] for w in on)
    if mismatch > 0:
        bottleneck = "correctness"
    elif speedup >= 1.0:
        bottleneck = "none"
    elif acceptance < 0.4:
        bottleneck = "acceptance"
    elif draft >= 0.4:
        bottleneck = "draft_overhead"
    else:
        bottleneck = "batching"
    return {"verdict": "confirmed" if bottleneck == "none" else "invalidated", "bottleneck": bottleneck}
