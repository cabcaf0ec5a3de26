# drill: flat_parameter_shards
# /// wrong
# fails = "contract"
# message = "Only a negative sum is refused, so one negative numel among larger ones passes without ValueError."
# ///
"""Shows when a numel is negative and the sum is not."""


def flat_shards(numels: list[int], world: int) -> list[list[tuple[int, int, int]]]:
    if world < 1:
        raise ValueError(f"world must be at least 1, got {world}")
    if sum(numels) < 0:
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
