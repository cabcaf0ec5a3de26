# drill: speculative_speedup
"""Differs in kind: fsum over the powers, and a climb that stops at the first gamma that does not improve.

The tokens grow ever more slowly and the cost grows evenly, so the speedup rises to one peak and then falls.
"""
import math


def speculative_speedup(alpha, gamma, draft_cost, *, overhead=0.0):
    if not (0 <= alpha <= 1 and gamma >= 0 and draft_cost >= 0 and overhead >= 0):
        raise ValueError("argument out of range")
    tokens = math.fsum(alpha**k for k in range(gamma + 1))
    cost = math.fsum((1, gamma * draft_cost, overhead))
    return {"tokens_per_round": tokens, "speedup": tokens / cost}


def best_gamma(alpha, draft_cost, max_gamma, *, overhead=0.0):
    if max_gamma < 0:
        raise ValueError("max_gamma is negative")
    gamma = 0
    here = speculative_speedup(alpha, gamma, draft_cost, overhead=overhead)["speedup"]
    while gamma < max_gamma:
        beyond = speculative_speedup(alpha, gamma + 1, draft_cost, overhead=overhead)["speedup"]
        if beyond <= here:
            break
        gamma, here = gamma + 1, beyond
    return gamma
