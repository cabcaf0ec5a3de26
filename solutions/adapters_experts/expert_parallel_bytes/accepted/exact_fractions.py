# drill: expert_parallel_bytes
"""Exact rational arithmetic, turned into floats at the end."""

from fractions import Fraction


def expert_parallel_bytes(
    tokens_per_rank: int,
    d_model: int,
    k: int,
    world: int,
    *,
    itemsize: int = 2,
    capacity_factor: float | None = None,
) -> dict[str, float]:
    if min(tokens_per_rank, d_model, k, world, itemsize) < 1:
        raise ValueError("all sizes must be at least 1")
    factor = Fraction(1) if capacity_factor is None else Fraction(capacity_factor)
    if factor <= 0:
        raise ValueError("capacity_factor must be positive")
    sent = factor * tokens_per_rank * k * d_model * itemsize * (1 - Fraction(1, world))
    times = {"dispatch": 1, "combine": 1, "forward": 2, "training": 4}
    return {name: float(count * sent) for name, count in times.items()}
