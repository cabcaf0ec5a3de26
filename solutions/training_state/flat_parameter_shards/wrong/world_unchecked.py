# drill: flat_parameter_shards
# /// wrong
# fails = "contract"
# message = "world = 0 divides by zero and a negative world gives an empty plan, where both have to raise ValueError."
# ///
"""Shows when world < 1."""


def flat_shards(numels: list[int], world: int) -> list[list[tuple[int, int, int]]]:
    if any(numel < 0 for numel in numels):
        raise ValueError("numels must not be negative")
    total = sum(numels)
    shard = -(-total // world)
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
