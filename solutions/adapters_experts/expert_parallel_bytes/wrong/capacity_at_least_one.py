# drill: expert_parallel_bytes
# /// wrong
# fails = "numerics"
# message = "A capacity factor below 1 is raised to 1, although smaller buffers send less."
# ///
"""Shows with 0 < capacity_factor < 1 and world > 1."""


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
        raise ValueError("tokens_per_rank, d_model, k, world and itemsize must be at least 1")
    if capacity_factor is not None and capacity_factor <= 0:
        raise ValueError("capacity_factor must be positive")
    copies = tokens_per_rank * k
    if capacity_factor is not None:
        copies = copies * max(1.0, capacity_factor)
    dispatch = copies * d_model * itemsize * (world - 1) / world
    combine = dispatch
    forward = dispatch + combine
    training = 2 * forward
    return {"dispatch": dispatch, "combine": combine, "forward": forward, "training": training}
