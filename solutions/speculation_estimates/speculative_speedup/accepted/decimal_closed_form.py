# drill: speculative_speedup
"""Differs in kind: the closed form in 60 decimal digits, where its cancellation does no harm."""
from decimal import Decimal, localcontext


def estimate(alpha, gamma, draft_cost, overhead):
    if not 0 <= alpha <= 1:
        raise ValueError("alpha must be a probability")
    for name, value in (("gamma", gamma), ("draft_cost", draft_cost), ("overhead", overhead)):
        if value < 0:
            raise ValueError(f"{name} must not be negative")
    with localcontext() as context:
        context.prec = 60
        a = Decimal(alpha)
        tokens = Decimal(gamma + 1) if a == 1 else (1 - a ** (gamma + 1)) / (1 - a)
        return tokens, tokens / (1 + gamma * Decimal(draft_cost) + Decimal(overhead))


def speculative_speedup(alpha, gamma, draft_cost, *, overhead=0.0):
    tokens, speedup = estimate(alpha, gamma, draft_cost, overhead)
    return {"tokens_per_round": float(tokens), "speedup": float(speedup)}


def best_gamma(alpha, draft_cost, max_gamma, *, overhead=0.0):
    estimate(alpha, max_gamma, draft_cost, overhead)
    candidates = [(estimate(alpha, gamma, draft_cost, overhead)[1], -gamma) for gamma in range(max_gamma + 1)]
    return -max(candidates)[1]
