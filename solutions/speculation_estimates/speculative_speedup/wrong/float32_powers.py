# drill: speculative_speedup
# /// wrong
# fails = "numerics"
# message = "The powers are summed in a float32 tensor, which is right to seven digits in place of nine."
# ///
"""Shows when gamma >= 1 for nearly every alpha between 0 and 1: errors near 1e-7."""
import torch


def speculative_speedup(alpha: float, gamma: int, draft_cost: float, *, overhead: float = 0.0) -> dict[str, float]:
    if not 0 <= alpha <= 1:
        raise ValueError(f"alpha must be in [0, 1], got {alpha}")
    if gamma < 0 or draft_cost < 0 or overhead < 0:
        raise ValueError("gamma, draft_cost and overhead must not be negative")
    tokens = (torch.tensor(float(alpha)) ** torch.arange(gamma + 1)).sum().item()
    cost = 1 + gamma * draft_cost + overhead
    return {"tokens_per_round": tokens, "speedup": tokens / cost}


def best_gamma(alpha: float, draft_cost: float, max_gamma: int, *, overhead: float = 0.0) -> int:
    speculative_speedup(alpha, max_gamma, draft_cost, overhead=overhead)  # raises on bad arguments

    def speedup(gamma):
        return speculative_speedup(alpha, gamma, draft_cost, overhead=overhead)["speedup"]

    return max(range(max_gamma + 1), key=speedup)
