# drill: measured_speculation
"""Measured speculation: fill in the ledger first, then the function."""

LEDGER = {
    "emitted": "",  # tokens that all rounds emit, in A accepted tokens and R rounds
    "acceptance_rate": "",  # with Q proposed tokens
    "ms_per_token": "",  # with T milliseconds in all
    "speedup": "",  # with a baseline of b milliseconds per token
}


def summarize_speculation(rounds: list[dict], baseline_ms_per_token: float) -> dict[str, float]:
    """Measured figures from a trace of speculative rounds.

    Args:
        rounds: dicts with "proposed", "accepted", "draft_ms", "verify_ms" and "rollback_ms".
        baseline_ms_per_token: time per token of plain decoding.

    Returns:
        {"acceptance_rate": float, "tokens_per_round": float, "ms_per_token": float, "speedup": float}
    """
    raise NotImplementedError("write me")
