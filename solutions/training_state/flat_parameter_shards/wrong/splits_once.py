# drill: flat_parameter_shards
# /// wrong
# fails = "numerics"
# message = "A tensor over a cut is split into two pieces, but a large tensor can lie over three ranks and more."
# ///
"""Shows when a tensor covers two cuts or more, as one tensor of 6 elements on 3 ranks."""


def flat_shards(numels: list[int], world: int) -> list[list[tuple[int, int, int]]]:
    if world < 1:
        raise ValueError(f"world must be at least 1, got {world}")
    if any(numel < 0 for numel in numels):
        raise ValueError("numels must not be negative")
    shard = -(-sum(numels) // world)
    plan = [[] for _ in range(world)]
    offset = 0
    for index, numel in enumerate(numels):
        if numel:
            rank = offset // shard
            cut = (rank + 1) * shard - offset
            plan[rank].append((index, 0, min(cut, numel)))
            if cut < numel:
                plan[rank + 1].append((index, cut, numel))
        offset += numel
    return plan
