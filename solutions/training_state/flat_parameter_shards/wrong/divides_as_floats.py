# drill: flat_parameter_shards
# /// wrong
# fails = "numerics"
# message = "The length of a shard comes from a division of floats, which rounds beyond 2**53 elements, so the cuts are not exact."
# ///
"""Shows when the sum of the numels is so large that its quotient by `world` is no longer exact in float64."""
import math


def flat_shards(numels: list[int], world: int) -> list[list[tuple[int, int, int]]]:
    """Say which slice of which tensor each rank holds."""
    if world < 1:
        raise ValueError(f"world must be at least 1, got {world}")
    for index, numel in enumerate(numels):
        if numel < 0:
            raise ValueError(f"numels must not be negative, got {numel} at index {index}")

    shard = math.ceil(sum(numels) / world)  # elements per rank, padding included
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
