# drill: speculative_speedup
# /// wrong
# fails = "shape"
# message = "best_gamma returns the 0-d tensor that argmax gives, but it has to be a Python int."
# ///
"""Shows in the type of best_gamma, whatever the arguments. The value is right."""
import torch


def table(alpha, max_gamma, draft_cost, overhead):
    if not 0 <= alpha <= 1:
        raise ValueError(f"alpha must be in [0, 1], got {alpha}")
    if max_gamma < 0 or draft_cost < 0 or overhead < 0:
        raise ValueError("gamma, draft_cost and overhead must not be negative")
    gamma = torch.arange(max_gamma + 1, dtype=torch.float64)
    tokens = (torch.tensor(float(alpha), dtype=torch.float64) ** gamma).cumsum(0)
    return tokens, tokens / (1 + gamma * draft_cost + overhead)


def speculative_speedup(alpha: float, gamma: int, draft_cost: float, *, overhead: float = 0.0) -> dict[str, float]:
    tokens, speedup = table(alpha, gamma, draft_cost, overhead)
    return {"tokens_per_round": tokens[-1].item(), "speedup": speedup[-1].item()}


def best_gamma(alpha: float, draft_cost: float, max_gamma: int, *, overhead: float = 0.0) -> int:
    _, speedup = table(alpha, max_gamma, draft_cost, overhead)
    return (speedup == speedup.max()).to(torch.int64).argmax()
