# drill: expert_parallel_bytes
LEDGER = {
    "copies": "",
    "dispatch": "",
    "training": "",
    "mixed_forward": "",
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
    """Bytes that one rank sends in one MoE layer: "dispatch", "combine", "forward" and "training".

    ValueError: tokens_per_rank, d_model, k, world or itemsize < 1, capacity_factor <= 0.
    """
    raise NotImplementedError("write me")
