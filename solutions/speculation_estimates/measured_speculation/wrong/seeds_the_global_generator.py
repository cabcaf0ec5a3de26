# drill: measured_speculation
# /// wrong
# fails = "contract"
# message = "random.seed makes the answer repeatable, which it is anyway, and resets the global random state of the caller."
# ///
"""Shows in the global random state after any call; the answers are right."""
import random


TIMES = ("draft_ms", "verify_ms", "rollback_ms")


def summarize_speculation(rounds: list[dict], baseline_ms_per_token: float) -> dict[str, float]:
    """Acceptance rate, tokens per round, time per token and speedup of a measured trace."""
    random.seed(0)
    if not rounds:
        raise ValueError("there must be at least one round")
    if baseline_ms_per_token <= 0:
        raise ValueError(f"baseline_ms_per_token must be positive, got {baseline_ms_per_token}")
    for index, one in enumerate(rounds):
        if not 0 <= one["accepted"] <= one["proposed"]:
            raise ValueError(f"round {index}: accepted {one['accepted']} is outside 0..{one['proposed']}")
        for name in TIMES:
            if one[name] < 0:
                raise ValueError(f"round {index}: {name} must not be negative, got {one[name]}")

    proposed = sum(one["proposed"] for one in rounds)
    accepted = sum(one["accepted"] for one in rounds)
    total_ms = sum(one[name] for one in rounds for name in TIMES)
    if total_ms == 0:
        raise ValueError("the total time must not be 0")

    emitted = accepted + len(rounds)  # one more token from the target in every round
    ms_per_token = total_ms / emitted
    return {
        "acceptance_rate": accepted / proposed if proposed else 0.0,
        "tokens_per_round": emitted / len(rounds),
        "ms_per_token": ms_per_token,
        "speedup": baseline_ms_per_token / ms_per_token,
    }
