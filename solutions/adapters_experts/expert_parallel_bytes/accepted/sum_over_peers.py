# drill: expert_parallel_bytes
"""Adds up what goes to each of the other ranks, one after the other."""


def expert_parallel_bytes(
    tokens_per_rank: int,
    d_model: int,
    k: int,
    world: int,
    *,
    itemsize: int = 2,
    capacity_factor: float | None = None,
) -> dict[str, float]:
    for size in (tokens_per_rank, d_model, k, world, itemsize):
        if size <= 0:
            raise ValueError(f"{size} is not positive")
    if capacity_factor is None:
        capacity_factor = 1.0
    elif not capacity_factor > 0:
        raise ValueError("capacity_factor")
    copies_to_a_rank = capacity_factor * tokens_per_rank * k / world
    out = back = 0.0
    for _peer in range(1, world):
        out += copies_to_a_rank * d_model * itemsize
        back += copies_to_a_rank * d_model * itemsize
    forward = out + back
    gradients = forward
    return {"dispatch": out, "combine": back, "forward": forward, "training": forward + gradients}
