# drill: flat_parameter_shards
# /// wrong
# fails = "numerics"
# message = "Each tensor is padded and cut by itself, but the tensors form one flat buffer that is padded once."
# source = "https://github.com/pytorch/pytorch/issues/114299"
# ///
"""Shows when world >= 2 and there are two or more tensors, or a tensor of fewer elements than ranks."""


def flat_shards(numels: list[int], world: int) -> list[list[tuple[int, int, int]]]:
    if world < 1:
        raise ValueError(f"world must be at least 1, got {world}")
    if any(numel < 0 for numel in numels):
        raise ValueError("numels must not be negative")
    plan = [[] for _ in range(world)]
    for index, numel in enumerate(numels):
        shard = -(-numel // world)
        for rank in range(world):
            start, stop = min(rank * shard, numel), min((rank + 1) * shard, numel)
            if start < stop:
                plan[rank].append((index, start, stop))
    return plan
