# drill: flat_parameter_shards
# /// wrong
# fails = "contract"
# message = "The padding is appended to the list of the caller, which must not be modified."
# ///
"""Shows in numels after the call, whatever the sizes. The returned plan is right."""


def flat_shards(numels: list[int], world: int) -> list[list[tuple[int, int, int]]]:
    if world < 1:
        raise ValueError(f"world must be at least 1, got {world}")
    if any(numel < 0 for numel in numels):
        raise ValueError("numels must not be negative")
    total = sum(numels)
    shard = -(-total // world)
    numels.append(shard * world - total)
    plan = [[] for _ in range(world)]
    for rank in range(world):
        low, high = rank * shard, (rank + 1) * shard
        offset = 0
        for index, numel in enumerate(numels):
            start = max(low - offset, 0)
            stop = min(high - offset, numel)
            if start < stop and index < len(numels) - 1:
                plan[rank].append((index, start, stop))
            offset += numel
    return plan
