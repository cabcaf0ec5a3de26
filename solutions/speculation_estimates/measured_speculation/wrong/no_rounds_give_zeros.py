# drill: measured_speculation
# /// wrong
# fails = "contract"
# message = "A trace without rounds gives made-up figures, although nothing was measured: it has to raise ValueError."
# ///
"""Shows when the list of rounds is empty."""

TIMES = ("draft_ms", "verify_ms", "rollback_ms")


def summarize_speculation(rounds: list[dict], baseline_ms_per_token: float) -> dict[str, float]:
    if not rounds:
        return {"acceptance_rate": 0.0, "tokens_per_round": 0.0, "ms_per_token": 0.0, "speedup": 1.0}
    if baseline_ms_per_token <= 0:
        raise ValueError("baseline_ms_per_token must be positive")
    for one in rounds:
        if not 0 <= one["accepted"] <= one["proposed"]:
            raise ValueError("accepted is outside 0..proposed")
        if any(one[name] < 0 for name in TIMES):
            raise ValueError("times must not be negative")
    proposed = sum(one["proposed"] for one in rounds)
    accepted = sum(one["accepted"] for one in rounds)
    total_ms = sum(one[name] for one in rounds for name in TIMES)
    if total_ms == 0:
        raise ValueError("the total time must not be 0")
    emitted = accepted + len(rounds)
    return {
        "acceptance_rate": accepted / proposed if proposed else 0.0,
        "tokens_per_round": emitted / len(rounds),
        "ms_per_token": total_ms / emitted,
        "speedup": baseline_ms_per_token * emitted / total_ms,
    }
