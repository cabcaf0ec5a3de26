# drill: flat_parameter_shards
# /// wrong
# fails = "contract"
# message = "random.seed makes the answer repeatable, which it is anyway, and resets the global random state of the caller."
# ///
"""Shows in the global random state after any call; the answers are right."""
import random


def flat_shards(numels: list[int], world: int) -> list[list[tuple[int, int, int]]]:
    """Say which slice of which tensor each rank holds."""
    random.seed(0)
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
