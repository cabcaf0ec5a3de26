# drill: expert_parallel_bytes
# /// wrong
# fails = "numerics"
# message = "The capacity factor enlarges the forward alone; the gradients are counted as if buffers had no padding."
# ///
"""Shows in training with a capacity_factor other than 1 and world > 1."""


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
        raise ValueError("every size must be at least 1")
    if capacity_factor is not None and capacity_factor <= 0:
        raise ValueError(f"capacity_factor must be positive, got {capacity_factor}")
    copies = tokens_per_rank * k
    if capacity_factor is not None:
        copies *= capacity_factor
    one = copies * d_model * itemsize * (world - 1) / world
    plain = tokens_per_rank * k * d_model * itemsize * (world - 1) / world
    return {"dispatch": one, "combine": one, "forward": 2 * one, "training": 2 * one + 2 * plain}
