# drill: speculative_speedup
# /// wrong
# fails = "numerics"
# message = "A speedup below 1 is reported as 1, which hides that speculation slows decoding down."
# ///
"""Shows in speedup when a round costs more than it yields, as with alpha = 0 and draft_cost > 0."""


def speculative_speedup(alpha: float, gamma: int, draft_cost: float, *, overhead: float = 0.0) -> dict[str, float]:
    if not 0 <= alpha <= 1:
        raise ValueError(f"alpha must be in [0, 1], got {alpha}")
    if gamma < 0 or draft_cost < 0 or overhead < 0:
        raise ValueError("gamma, draft_cost and overhead must not be negative")
    tokens = 1.0
    for _ in range(gamma):
        tokens = 1.0 + alpha * tokens
    cost = 1 + gamma * draft_cost + overhead
    return {"tokens_per_round": tokens, "speedup": max(1.0, tokens / cost)}


def best_gamma(alpha: float, draft_cost: float, max_gamma: int, *, overhead: float = 0.0) -> int:
    speculative_speedup(alpha, max_gamma, draft_cost, overhead=overhead)  # raises on bad arguments

    def speedup(gamma):
        result = speculative_speedup(alpha, gamma, draft_cost, overhead=overhead)
        return result["tokens_per_round"] / (1 + gamma * draft_cost + overhead)

    return max(range(max_gamma + 1), key=speedup)
