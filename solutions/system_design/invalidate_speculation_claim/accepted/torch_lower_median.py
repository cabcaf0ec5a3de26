# drill: invalidate_speculation_claim
"""Differs in kind: float32 tensors, a loop over torch.unique sizes, and torch.median, which takes the lower middle
value."""
import torch

SIGNALS = ("speculative", "batch_size", "tokens_per_s", "acceptance_rate", "draft_share", "greedy_mismatch")
RULES = ("correctness", "none", "acceptance", "draft_overhead", "batching")


def judge_speculation(telemetry):
    unknown = {"verdict": "insufficient", "bottleneck": "unknown"}
    columns = [telemetry.get(name) for name in SIGNALS]
    if any(column is None for column in columns):
        return unknown
    table = torch.tensor(columns).T  # [n, 6]
    table = table[(len(table) + 9) // 10 :]
    table = table[table.isfinite().all(dim=1)]
    on, off = table[table[:, 0] == 1], table[table[:, 0] == 0]

    counts, ratios = [0, 0], []
    for size in torch.unique(table[:, 1]):
        fast, slow = on[on[:, 1] == size, 2], off[off[:, 1] == size, 2]
        if len(fast) and len(slow):
            counts[0] += len(fast)
            counts[1] += len(slow)
            ratios.append(fast.median() / slow.median())
    if min(counts) < 8:
        return unknown

    holds = (
        on[:, 5].mean() > 0,
        torch.stack(ratios).median() >= 1,
        on[:, 3].median() < 0.4,
        on[:, 4].median() >= 0.4,
        True,
    )
    bottleneck = next(name for name, true in zip(RULES, holds, strict=True) if true)
    return {"verdict": "confirmed" if bottleneck == "none" else "invalidated", "bottleneck": bottleneck}
