# drill: speculative_speedup
# /// wrong
# fails = "numerics"
# message = "The sum stops at alpha**(gamma - 1), which leaves out the one more token that the target adds."
# source = "https://github.com/vllm-project/vllm/pull/17908"
# ///
"""Shows in tokens_per_round: with gamma = 0 (0 in place of 1), and with gamma >= 1 and alpha > 0."""


def speculative_speedup(alpha: float, gamma: int, draft_cost: float, *, overhead: float = 0.0) -> dict[str, float]:
    if not 0 <= alpha <= 1:
        raise ValueError(f"alpha must be in [0, 1], got {alpha}")
    if gamma < 0 or draft_cost < 0 or overhead < 0:
        raise ValueError("gamma, draft_cost and overhead must not be negative")
    tokens = 0.0
    for _ in range(gamma):
        tokens = 1.0 + alpha * tokens
    cost = 1 + gamma * draft_cost + overhead
    return {"tokens_per_round": tokens, "speedup": tokens / cost}


def best_gamma(alpha: float, draft_cost: float, max_gamma: int, *, overhead: float = 0.0) -> int:
    speculative_speedup(alpha, max_gamma, draft_cost, overhead=overhead)  # raises on bad arguments

    def speedup(gamma):
        return speculative_speedup(alpha, gamma, draft_cost, overhead=overhead)["speedup"]

    return max(range(max_gamma + 1), key=speedup)
