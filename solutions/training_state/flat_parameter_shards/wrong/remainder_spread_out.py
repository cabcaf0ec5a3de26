# drill: flat_parameter_shards
# /// wrong
# fails = "numerics"
# message = "The remainder goes one by one to the first ranks, as in numpy.array_split, not into tail padding."
# ///
"""Shows when total % world is neither 0 nor world - 1, as 9 elements on 4 ranks."""


def flat_shards(numels: list[int], world: int) -> list[list[tuple[int, int, int]]]:
    if world < 1:
        raise ValueError(f"world must be at least 1, got {world}")
    if any(numel < 0 for numel in numels):
        raise ValueError("numels must not be negative")
    total = sum(numels)
    small, larger = divmod(total, world)
    plan = [[] for _ in range(world)]
    for rank in range(world):
        low, high = rank * small + min(rank, larger), (rank + 1) * small + min(rank + 1, larger)
        offset = 0
        for index, numel in enumerate(numels):
            start = max(low - offset, 0)
            stop = min(high - offset, numel)
            if start < stop:
                plan[rank].append((index, start, stop))
            offset += numel
    return plan
