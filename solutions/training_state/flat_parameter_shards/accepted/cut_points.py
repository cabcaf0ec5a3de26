# drill: flat_parameter_shards
"""Differs in kind: sorts all tensor and shard boundaries, and every gap between two neighbours is one entry."""
from bisect import bisect_right
from itertools import accumulate, pairwise


def flat_shards(numels, world):
    if world < 1:
        raise ValueError("world < 1")
    if any(n < 0 for n in numels):
        raise ValueError("numel < 0")
    bounds = [0, *accumulate(numels)]  # bounds[i] is where tensor i begins
    total = bounds[-1]
    shard = -(-total // world)
    cuts = {*bounds, *(min(rank * shard, total) for rank in range(world + 1))}
    plan = {rank: [] for rank in range(world)}
    for low, high in pairwise(sorted(cuts)):
        # The last tensor that begins at or before `low`: of several that begin there, only the last is not empty.
        index = bisect_right(bounds, low) - 1
        plan[low // shard].append((index, low - bounds[index], high - bounds[index]))
    return list(plan.values())
