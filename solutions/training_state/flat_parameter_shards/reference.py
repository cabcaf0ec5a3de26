# drill: flat_parameter_shards
"""A shard is an interval of the flat buffer, a tensor is another, and an entry is where the two overlap.

Walking each tensor from cut to cut gives the entries in flat order, in time that grows with the number of tensors and
ranks, never with the number of elements. Padding is never walked, so nothing has to be removed.
"""

LEDGER = {
    "shard": "ceil(N / W)",
    "padding": "W * ceil(N / W) - N",
    "shard_bytes": "B * ceil(N / W)",
    "real_elements": "max(0, min(ceil(N / W), N - r * ceil(N / W)))",
}


def flat_shards(numels: list[int], world: int) -> list[list[tuple[int, int, int]]]:
    """Say which slice of which tensor each rank holds."""
    if world < 1:
        raise ValueError(f"world must be at least 1, got {world}")
    for index, numel in enumerate(numels):
        if numel < 0:
            raise ValueError(f"numels must not be negative, got {numel} at index {index}")

    shard = -(-sum(numels) // world)  # elements per rank, padding included
    plan = [[] for _ in range(world)]  # a new list for each rank, so that no two share one
    offset = 0  # where the tensor begins in the flat buffer
    for index, numel in enumerate(numels):
        start = 0
        while start < numel:
            rank = (offset + start) // shard
            cut = (rank + 1) * shard  # where this rank's shard ends in the flat buffer
            stop = min(numel, cut - offset)
            plan[rank].append((index, start, stop))
            start = stop
        offset += numel
    return plan
