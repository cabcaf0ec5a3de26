# drill: measured_speculation
# /// wrong
# fails = "numerics"
# message = "Tokens per round are reported as the speedup, as if a round took as long as a plain step."
# source = "https://github.com/hemingkx/Spec-Bench/issues/29"
# ///
"""Shows in speedup unless a round takes the baseline time of one token."""


def summarize_speculation(rounds: list[dict], baseline_ms_per_token: float) -> dict[str, float]:
    if not rounds:
        raise ValueError("there must be at least one round")
    if baseline_ms_per_token <= 0:
        raise ValueError("baseline_ms_per_token must be positive")
    for one in rounds:
        if not 0 <= one["accepted"] <= one["proposed"]:
            raise ValueError(f"accepted is outside 0..proposed in {one}")
        if one["draft_ms"] < 0 or one["verify_ms"] < 0 or one["rollback_ms"] < 0:
            raise ValueError(f"negative time in {one}")
    proposed = sum(one["proposed"] for one in rounds)
    accepted = sum(one["accepted"] for one in rounds)
    total_ms = sum(one["draft_ms"] + one["verify_ms"] + one["rollback_ms"] for one in rounds)
    if total_ms == 0:
        raise ValueError("the total time must not be 0")
    emitted = accepted + len(rounds)
    acceptance_rate = accepted / proposed if proposed else 0.0
    ms_per_token = total_ms / emitted
    return {
        "acceptance_rate": acceptance_rate,
        "tokens_per_round": emitted / len(rounds),
        "ms_per_token": ms_per_token,
        "speedup": emitted / len(rounds),
    }
