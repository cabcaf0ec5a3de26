# drill: sample_token
"""Plain Python for each row: a dict of weights, cut twice, and a walk along it to a uniform number of the generator."""
import math

import torch
from torch import Tensor


def _draw(row: list[float], temperature: float, top_k: int | None, top_p: float | None, uniform: float) -> int:
    largest = max(row)
    weights = {token: math.exp((value - largest) / temperature) for token, value in enumerate(row)}
    if top_k is not None:
        least = sorted(row, reverse=True)[min(top_k, len(row)) - 1]
        weights = {token: weight for token, weight in weights.items() if row[token] >= least}
    if top_p is not None and top_p < 1:
        mass, total, nucleus = 0.0, sum(weights.values()), {}
        for token in sorted(weights, key=lambda t: -weights[t]):
            if nucleus and mass >= top_p * total:
                break
            nucleus[token] = weights[token]
            mass += weights[token]
        weights = nucleus
    level, mass = uniform * sum(weights.values()), 0.0
    possible = [token for token, weight in weights.items() if weight > 0]
    for token in possible:
        mass += weights[token]
        if mass > level:
            return token
    return possible[-1]


def sample_token(logits: Tensor, *, temperature: float = 1.0, top_k: int | None = None, top_p: float | None = None,
                 generator: torch.Generator | None = None) -> Tensor:
    if temperature < 0:
        raise ValueError("temperature must not be negative")
    if top_k is not None and top_k < 1:
        raise ValueError("top_k must be at least 1")
    if top_p is not None and not 0 < top_p <= 1:
        raise ValueError("top_p must lie in (0, 1]")
    rows = logits.tolist()
    if temperature == 0:
        tokens = [row.index(max(row)) for row in rows]
    else:
        uniforms = torch.rand(len(rows), generator=generator, device=logits.device).tolist()
        tokens = [_draw(row, temperature, top_k, top_p, u) for row, u in zip(rows, uniforms, strict=True)]
    return torch.tensor(tokens, dtype=torch.int64, device=logits.device)
