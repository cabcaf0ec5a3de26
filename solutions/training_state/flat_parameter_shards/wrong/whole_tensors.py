# drill: flat_parameter_shards
# /// wrong
# fails = "numerics"
# message = "Each tensor goes whole to the rank where it begins, but shards cut through tensors."
# ///
"""Shows when a cut falls inside a tensor."""


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
            plan[offset // shard].append((index, 0, numel))
        offset += numel
    return plan
