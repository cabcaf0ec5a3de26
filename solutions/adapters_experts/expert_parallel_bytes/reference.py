# drill: expert_parallel_bytes
"""Every token is copied k times, and with uniform routing 1 / world of the copies stays at home. That is one
all-to-all; a layer has two of them forward (out and back) and the same two backward, where gradients travel."""

LEDGER = {
    "copies": "N*k",
    "dispatch": "2*N*k*D*(W - 1)/W",
    "training": "8*N*k*D*(W - 1)/W",
    "mixed_forward": "3*N*k*D*(W - 1)/W",
}


def expert_parallel_bytes(
    tokens_per_rank: int,
    d_model: int,
    k: int,
    world: int,
    *,
    itemsize: int = 2,
    capacity_factor: float | None = None,
) -> dict[str, float]:
    sizes = {"tokens_per_rank": tokens_per_rank, "d_model": d_model, "k": k, "world": world, "itemsize": itemsize}
    for name, value in sizes.items():
        if value < 1:
            raise ValueError(f"{name} must be at least 1, got {value}")
    # Not `if capacity_factor`: 0.0 is an error and not the absence of a factor.
    if capacity_factor is not None and capacity_factor <= 0:
        raise ValueError(f"capacity_factor must be positive, got {capacity_factor}")

    copies = tokens_per_rank * k  # token vectors that are due to some expert
    if capacity_factor is not None:
        copies *= capacity_factor  # places in the buffers, filled or not
    all_to_all = copies * d_model * itemsize * (world - 1) / world

    return {
        "dispatch": all_to_all,
        "combine": all_to_all,
        "forward": 2 * all_to_all,
        "training": 4 * all_to_all,
    }
