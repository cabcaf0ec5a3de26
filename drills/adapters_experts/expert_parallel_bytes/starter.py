# drill: expert_parallel_bytes
# N tokens of one rank; D model width; k experts for each token; W ranks.
LEDGER = {
    "copies": "",  # token copies that one rank makes for one layer, those that stay included
    "dispatch": "",  # bytes that one rank sends in the dispatch, with vectors of 2 bytes an element
    "training": "",  # bytes that one rank sends in forward and backward, with 2 bytes an element
    "mixed_forward": "",  # bytes of the forward with a dispatch in FP8 (1 byte) and a combine in bfloat16 (2 bytes)
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
