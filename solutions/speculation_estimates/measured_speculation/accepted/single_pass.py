# drill: measured_speculation
"""Differs in kind: one pass that checks and adds up at the same time."""


def summarize_speculation(rounds, baseline_ms_per_token):
    if len(rounds) == 0 or baseline_ms_per_token <= 0:
        raise ValueError("there must be rounds and a positive baseline")
    proposed = accepted = emitted = 0
    elapsed = 0.0
    for one in rounds:
        if one["accepted"] < 0 or one["accepted"] > one["proposed"]:
            raise ValueError(f"accepted out of range in {one}")
        if min(one["draft_ms"], one["verify_ms"], one["rollback_ms"]) < 0:
            raise ValueError(f"negative time in {one}")
        proposed += one["proposed"]
        accepted += one["accepted"]
        emitted += one["accepted"] + 1
        elapsed += one["draft_ms"] + one["verify_ms"] + one["rollback_ms"]
    if elapsed <= 0:
        raise ValueError("no time has passed")
    return {
        "acceptance_rate": accepted / max(proposed, 1),
        "tokens_per_round": emitted / len(rounds),
        "ms_per_token": elapsed / emitted,
        "speedup": baseline_ms_per_token * emitted / elapsed,
    }
