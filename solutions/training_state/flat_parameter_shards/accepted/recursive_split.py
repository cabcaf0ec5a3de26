# drill: flat_parameter_shards
"""Differs in kind: a generator of runs that splits a run at the next cut until it fits, grouped by rank at the end."""
from itertools import groupby


def runs(numels, shard):
    offset = 0
    for index, numel in enumerate(numels):
        pending = [(0, numel)] if numel else []
        while pending:
            start, stop = pending.pop()
            rank, last_rank = (offset + start) // shard, (offset + stop - 1) // shard
            if rank == last_rank:
                yield rank, (index, start, stop)
            else:
                cut = (rank + 1) * shard - offset
                pending += [(cut, stop), (start, cut)]
        offset += numel


def flat_shards(numels, world):
    if world <= 0:
        raise ValueError("world must be positive")
    if any(numel < 0 for numel in numels):
        raise ValueError("numels must not be negative")
    shard = -(-sum(numels) // world)
    held = {rank: [run for _, run in group] for rank, group in groupby(runs(numels, shard), key=lambda item: item[0])}
    return [held.get(rank, []) for rank in range(world)]
