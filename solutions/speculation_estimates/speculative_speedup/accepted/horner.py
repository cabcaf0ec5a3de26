# drill: speculative_speedup
"""Differs in kind: Horner's scheme adds the terms one by one, and best_gamma carries the sum along in one pass."""


def check(alpha, gamma, draft_cost, overhead):
    if alpha < 0 or alpha > 1:
        raise ValueError(f"alpha outside [0, 1]: {alpha}")
    if gamma < 0 or draft_cost < 0 or overhead < 0:
        raise ValueError("gamma, draft_cost and overhead must not be negative")


def speculative_speedup(alpha, gamma, draft_cost, *, overhead=0.0):
    check(alpha, gamma, draft_cost, overhead)
    tokens = 1.0
    for _ in range(gamma):
        tokens = 1.0 + alpha * tokens
    return {"tokens_per_round": tokens, "speedup": tokens / (1.0 + gamma * draft_cost + overhead)}


def best_gamma(alpha, draft_cost, max_gamma, *, overhead=0.0):
    check(alpha, max_gamma, draft_cost, overhead)
    best, best_speedup, tokens = 0, 1.0 / (1.0 + overhead), 1.0
    for gamma in range(1, max_gamma + 1):
        tokens = 1.0 + alpha * tokens
        speedup = tokens / (1.0 + gamma * draft_cost + overhead)
        if speedup > best_speedup:
            best, best_speedup = gamma, speedup
    return best
