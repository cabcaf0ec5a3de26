# drill: flat_parameter_shards
"""Differs in kind: numpy in 64-bit integers; each rank looks up the first and last tensor that it touches."""
import numpy as np


def flat_shards(numels, world):
    if world < 1:
        raise ValueError("world must be at least 1")
    sizes = np.array(numels, dtype=np.int64)
    if (sizes < 0).any():
        raise ValueError("numels must be at least 0")
    ends = np.cumsum(sizes)
    begins = ends - sizes
    total = int(sizes.sum())
    shard = -(-total // world)
    plan = []
    for rank in range(world):
        low, high = min(rank * shard, total), min((rank + 1) * shard, total)
        first = np.searchsorted(ends, low, side="right")
        last = np.searchsorted(begins, high, side="left")
        index = np.arange(first, last)
        index = index[sizes[index] > 0]
        start = np.maximum(low - begins[index], 0)
        stop = np.minimum(high - begins[index], sizes[index])
        plan.append(list(zip(index.tolist(), start.tolist(), stop.tolist(), strict=True)) if low < high else [])
    return plan
