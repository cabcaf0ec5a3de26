# drill: speculative_speedup
# /// wrong
# fails = "contract"
# message = "A negative overhead makes a round cheaper than it can be, but it has to raise ValueError."
# ///
"""Shows when overhead is negative."""


def speculative_speedup(alpha: float, gamma: int, draft_cost: float, *, overhead: float = 0.0) -> dict[str, float]:
    if not 0 <= alpha <= 1:
        raise ValueError(f"alpha must be in [0, 1], got {alpha}")
    if gamma < 0 or draft_cost < 0:
        raise ValueError("gamma, draft_cost and overhead must not be negative")
    tokens = 1.0
    for _ in range(gamma):
        tokens = 1.0 + alpha * tokens
    cost = 1 + gamma * draft_cost + overhead
    return {"tokens_per_round": tokens, "speedup": tokens / cost}


def best_gamma(alpha: float, draft_cost: float, max_gamma: int, *, overhead: float = 0.0) -> int:
    speculative_speedup(alpha, max_gamma, draft_cost, overhead=overhead)  # raises on bad arguments

    def speedup(gamma):
        return speculative_speedup(alpha, gamma, draft_cost, overhead=overhead)["speedup"]

    return max(range(max_gamma + 1), key=speedup)
