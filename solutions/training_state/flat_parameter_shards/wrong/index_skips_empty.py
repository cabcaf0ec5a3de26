# drill: flat_parameter_shards
# /// wrong
# fails = "numerics"
# message = "Empty tensors are dropped before counting, so the indices after them point to the wrong tensor."
# ///
"""Shows when a tensor with elements follows an empty one."""


def flat_shards(numels: list[int], world: int) -> list[list[tuple[int, int, int]]]:
    if world < 1:
        raise ValueError(f"world must be at least 1, got {world}")
    if any(numel < 0 for numel in numels):
        raise ValueError("numels must not be negative")
    total = sum(numels)
    shard = -(-total // world)
    plan = [[] for _ in range(world)]
    for rank in range(world):
        low, high = rank * shard, (rank + 1) * shard
        offset = 0
        for index, numel in enumerate(numel for numel in numels if numel):
            start = max(low - offset, 0)
            stop = min(high - offset, numel)
            if start < stop:
                plan[rank].append((index, start, stop))
            offset += numel
    return plan
