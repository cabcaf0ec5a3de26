# drill: speculative_speedup
"""Differs in kind: all gammas at once as float64 tensors, cumulative sums of powers, and the first maximum."""
import torch


def table(alpha, max_gamma, draft_cost, overhead):
    if alpha < 0 or alpha > 1:
        raise ValueError("alpha")
    if max_gamma < 0:
        raise ValueError("gamma")
    if draft_cost < 0 or overhead < 0:
        raise ValueError("draft_cost or overhead")
    gamma = torch.arange(max_gamma + 1, dtype=torch.float64)  # [max_gamma + 1]
    powers = torch.tensor(float(alpha), dtype=torch.float64) ** gamma  # 0 ** 0 is 1
    tokens = powers.cumsum(0)
    return tokens, tokens / (1 + gamma * draft_cost + overhead)


def speculative_speedup(alpha, gamma, draft_cost, *, overhead=0.0):
    tokens, speedup = table(alpha, gamma, draft_cost, overhead)
    return {"tokens_per_round": tokens[-1].item(), "speedup": speedup[-1].item()}


def best_gamma(alpha, draft_cost, max_gamma, *, overhead=0.0):
    _, speedup = table(alpha, max_gamma, draft_cost, overhead)
    return int((speedup == speedup.max()).nonzero()[0])
