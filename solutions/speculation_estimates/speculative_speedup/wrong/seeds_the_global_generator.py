# drill: speculative_speedup
# /// wrong
# fails = "contract"
# message = "random.seed makes the answer repeatable, which it is anyway, and resets the global random state of the caller."
# ///
"""Shows in the global random state after any call; the answers are right."""
import random
import math


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
    random.seed(0)
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
    random.seed(0)
    if max_gamma < 0:
        raise ValueError(f"max_gamma must not be negative, got {max_gamma}")

    def speedup(gamma: int) -> float:
        return speculative_speedup(alpha, gamma, draft_cost, overhead=overhead)["speedup"]

    return max(range(max_gamma + 1), key=speedup)  # max keeps the first of equal ones
