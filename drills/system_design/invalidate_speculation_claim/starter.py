# drill: invalidate_speculation_claim
"""Invalidate the speculation claim: fill in the ledger first, then the function, then answer in words."""

LEDGER = {
    "acceptance": "",  # in k, g
    "draft_share": "",  # in g, d, v
    "rate_off": "",  # tokens per second of the batch
    "rate_on": "",  # tokens per second of the batch
    "speedup": "",  # at this batch size
    "warm_up": "",  # of n windows
}

SIGNALS = (
    "speculative",
    "batch_size",
    "tokens_per_s",
    "acceptance_rate",
    "draft_share",
    "greedy_mismatch",
)


def judge_speculation(telemetry: dict[str, list[float]]) -> dict[str, str]:
    """Say whether speculative decoding is faster and leaves the output as it was.

    Args:
        telemetry: signal -> one float per window, in time order, both arms mixed.

    Returns:
        {"verdict": "confirmed" | "invalidated" | "insufficient",
         "bottleneck": "correctness" | "none" | "acceptance" | "draft_overhead" | "batching" | "unknown"}
    """
    raise NotImplementedError("write me")
