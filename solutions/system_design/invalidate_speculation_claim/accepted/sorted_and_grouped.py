# drill: invalidate_speculation_claim
"""Differs in kind: windows sorted by size and arm and cut by itertools.groupby; any() instead of a mean, which is the
same for shares that are never negative; sizes with a ratio of at least 1 are counted instead of a median of ratios."""
from itertools import groupby
from math import inf, isfinite
from statistics import median_high

SIGNALS = ("batch_size", "speculative", "tokens_per_s", "acceptance_rate", "draft_share", "greedy_mismatch")


def judge_speculation(telemetry):
    try:
        rows = list(zip(*[telemetry[name] for name in SIGNALS], strict=True))
    except KeyError:
        rows = []
    rows = sorted(row for index, row in enumerate(rows) if 10 * index >= len(rows) and all(map(isfinite, row)))

    faster = slower = 0
    remaining = {0.0: 0, 1.0: 0}
    for _, same_size in groupby(rows, key=lambda row: row[0]):
        arms = {arm: [row[2] for row in windows] for arm, windows in groupby(same_size, key=lambda row: row[1])}
        if len(arms) < 2:
            continue
        for arm, rates in arms.items():
            remaining[arm] += len(rates)
        if median_high(arms[1.0]) >= median_high(arms[0.0]):
            faster += 1
        else:
            slower += 1
    if min(remaining.values(), default=-inf) < 8:
        return {"verdict": "insufficient", "bottleneck": "unknown"}

    on = [row for row in rows if row[1]]
    if any(row[5] for row in on):
        return {"verdict": "invalidated", "bottleneck": "correctness"}
    if faster > slower:
        return {"verdict": "confirmed", "bottleneck": "none"}
    if sorted(row[3] for row in on)[len(on) // 2] < 0.4:
        return {"verdict": "invalidated", "bottleneck": "acceptance"}
    slow_draft = sorted(row[4] for row in on)[len(on) // 2] >= 0.4
    return {"verdict": "invalidated", "bottleneck": "draft_overhead" if slow_draft else "batching"}
