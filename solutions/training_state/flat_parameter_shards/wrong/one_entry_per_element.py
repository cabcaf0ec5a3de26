# drill: flat_parameter_shards
# /// wrong
# fails = "numerics"
# message = "The owner of every single element is listed, which takes memory for all of them where ranges suffice."
# ///
"""Shows when the sum of the numels is too large for memory: at 10**13 elements the allocation fails at once."""
import numpy as np


def flat_shards(numels: list[int], world: int) -> list[list[tuple[int, int, int]]]:
    if world < 1:
        raise ValueError(f"world must be at least 1, got {world}")
    if any(numel < 0 for numel in numels):
        raise ValueError("numels must not be negative")
    total = sum(numels)
    shard = -(-total // world)
    tensor_of = np.repeat(np.arange(len(numels)), numels)
    position = np.arange(total) - np.repeat(np.cumsum([0, *numels])[:-1], numels)
    plan = []
    for rank in range(world):
        held = slice(rank * shard, (rank + 1) * shard)
        entries = []
        for index in np.unique(tensor_of[held]).tolist():
            inside = position[held][tensor_of[held] == index]
            entries.append((index, int(inside[0]), int(inside[-1]) + 1))
        plan.append(entries)
    return plan
