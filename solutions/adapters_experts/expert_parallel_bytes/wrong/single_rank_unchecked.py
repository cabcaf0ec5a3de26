# drill: expert_parallel_bytes
# /// wrong
# fails = "contract"
# message = "A single rank returns zeros before anything is checked, so wrong arguments pass there."
# ///
"""Shows with world = 1 and another size below 1 or a factor of 0."""


def expert_parallel_bytes(
    tokens_per_rank: int,
    d_model: int,
    k: int,
    world: int,
    *,
    itemsize: int = 2,
    capacity_factor: float | None = None,
) -> dict[str, float]:
    if world == 1:
        return dict.fromkeys(("dispatch", "combine", "forward", "training"), 0.0)
    if min(tokens_per_rank, d_model, k, world, itemsize) < 1:
        raise ValueError("every size must be at least 1")
    if capacity_factor is not None and capacity_factor <= 0:
        raise ValueError(f"capacity_factor must be positive, got {capacity_factor}")
    copies = tokens_per_rank * k
    if capacity_factor is not None:
        copies *= capacity_factor
    one = copies * d_model * itemsize * (world - 1) / world
    return {"dispatch": one, "combine": one, "forward": 2 * one, "training": 4 * one}
