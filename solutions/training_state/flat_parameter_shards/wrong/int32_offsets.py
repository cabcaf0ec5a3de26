# drill: flat_parameter_shards
# /// wrong
# fails = "numerics"
# message = "The offsets are summed in 32-bit integers, which wrap around when the buffer has 2**31 elements or more."
# source = "https://github.com/NVIDIA/TransformerEngine/pull/3136"
# ///
"""Shows when the sum of the numels before some tensor is 2**31 or more."""
import numpy as np


def flat_shards(numels: list[int], world: int) -> list[list[tuple[int, int, int]]]:
    if world < 1:
        raise ValueError(f"world must be at least 1, got {world}")
    if any(numel < 0 for numel in numels):
        raise ValueError("numels must not be negative")
    shard = -(-sum(numels) // world)
    begins = np.cumsum([0, *numels], dtype=np.int32)[:-1].tolist()
    plan = [[] for _ in range(world)]
    for rank in range(world):
        low, high = rank * shard, (rank + 1) * shard
        for index, (offset, numel) in enumerate(zip(begins, numels, strict=True)):
            start = max(low - offset, 0)
            stop = min(high - offset, numel)
            if start < stop:
                plan[rank].append((index, start, stop))
    return plan
