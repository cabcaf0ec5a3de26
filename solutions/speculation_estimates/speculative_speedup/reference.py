# drill: speculative_speedup
"""A round yields its k-th extra token with probability alpha**k, so the expected tokens are a geometric sum.

Its closed form (1 - alpha**(gamma + 1)) / (1 - alpha) subtracts two numbers near 1 when alpha is near 1. expm1 and log
give the numerator without that loss. The best gamma is found by trying all of them: there are few.
"""
import math

LEDGER = {
    "tokens_if_all_accepted": "g + 1",
    "tokens_at_one_half": "2 - 2 ** (-g)",
    "round_cost": "1 + g / k",
    "best_case_speedup": "(g + 1) / (1 + g / k)",
}


def tokens_per_round(alpha: float, gamma: int) -> float:
    """1 + alpha + ... + alpha**gamma."""
    if alpha == 0:
        return 1.0
    if alpha == 1:
        return gamma + 1.0
    # 1 - alpha is exact near 1, and -expm1(x) is 1 - exp(x) without cancellation.
    return -math.expm1((gamma + 1) * math.log(alpha)) / (1 - alpha)


def speculative_speedup(alpha: float, gamma: int, draft_cost: float, *, overhead: float = 0.0) -> dict[str, float]:
    """Expected tokens per round and speedup over plain decoding."""
    if not 0 <= alpha <= 1:
        raise ValueError(f"alpha must be in [0, 1], got {alpha}")
    if gamma < 0:
        raise ValueError(f"gamma must not be negative, got {gamma}")
    if draft_cost < 0:
        raise ValueError(f"draft_cost must not be negative, got {draft_cost}")
    if overhead < 0:
        raise ValueError(f"overhead must not be negative, got {overhead}")

    tokens = tokens_per_round(alpha, gamma)
    cost = 1 + gamma * draft_cost + overhead  # in target steps
    return {"tokens_per_round": tokens, "speedup": tokens / cost}


def best_gamma(alpha: float, draft_cost: float, max_gamma: int, *, overhead: float = 0.0) -> int:
    """The gamma in 0..max_gamma with the largest speedup, the smallest of equal ones."""
    if max_gamma < 0:
        raise ValueError(f"max_gamma must not be negative, got {max_gamma}")

    def speedup(gamma: int) -> float:
        return speculative_speedup(alpha, gamma, draft_cost, overhead=overhead)["speedup"]

    return max(range(max_gamma + 1), key=speedup)  # max keeps the first of equal ones
