# drill: speculative_speedup
"""Speculative speedup: fill in the ledger first, then the functions."""

LEDGER = {
    "tokens_if_all_accepted": "",  # in g drafted tokens
    "tokens_at_one_half": "",  # expected, with alpha = 1/2
    "round_cost": "",  # in target steps, a draft step costs 1 / k
    "best_case_speedup": "",  # with alpha = 1
}


def speculative_speedup(alpha: float, gamma: int, draft_cost: float, *, overhead: float = 0.0) -> dict[str, float]:
    """Expected tokens per round and speedup over plain decoding.

    Args:
        alpha: acceptance probability per drafted token, in [0, 1].
        gamma: drafted tokens per round, at least 0.
        draft_cost: cost of one draft step, in target steps.
        overhead: cost of all else that a round adds, in target steps.

    Returns:
        {"tokens_per_round": float, "speedup": float}
    """
    raise NotImplementedError("write me")


def best_gamma(alpha: float, draft_cost: float, max_gamma: int, *, overhead: float = 0.0) -> int:
    """The gamma in 0..max_gamma with the largest speedup."""
    raise NotImplementedError("write me")
