# drill: flat_parameter_shards
# /// wrong
# fails = "numerics"
# message = "The padding is total % world, not what is missing to the next multiple, so the last elements get no rank."
# source = "https://github.com/KellerJordan/Muon/issues/30"
# ///
"""Shows when total % world is above 0 and below world / 2, as 9 elements on 4 ranks."""


def flat_shards(numels: list[int], world: int) -> list[list[tuple[int, int, int]]]:
    if world < 1:
        raise ValueError(f"world must be at least 1, got {world}")
    if any(numel < 0 for numel in numels):
        raise ValueError("numels must not be negative")
    total = sum(numels)
    shard = (total + total % world) // world
    plan = [[] for _ in range(world)]
    for rank in range(world):
        low, high = rank * shard, (rank + 1) * shard
        offset = 0
        for index, numel in enumerate(numels):
            start = max(low - offset, 0)
            stop = min(high - offset, numel)
            if start < stop:
                plan[rank].append((index, start, stop))
            offset += numel
    return plan
