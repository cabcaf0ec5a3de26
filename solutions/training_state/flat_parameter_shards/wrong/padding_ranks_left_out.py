# drill: flat_parameter_shards
# /// wrong
# fails = "shape"
# message = "A rank gets a list only once it holds an element, so ranks that hold only padding are left out."
# ///
"""Shows when the padding fills a whole rank, as 5 elements on 4 ranks, or when there are no elements."""


def flat_shards(numels: list[int], world: int) -> list[list[tuple[int, int, int]]]:
    if world < 1:
        raise ValueError(f"world must be at least 1, got {world}")
    if any(numel < 0 for numel in numels):
        raise ValueError("numels must not be negative")
    shard = -(-sum(numels) // world)
    plan = {}
    offset = 0
    for index, numel in enumerate(numels):
        start = 0
        while start < numel:
            rank = (offset + start) // shard
            stop = min(numel, (rank + 1) * shard - offset)
            plan.setdefault(rank, []).append((index, start, stop))
            start = stop
        offset += numel
    return list(plan.values())
