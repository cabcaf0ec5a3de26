# drill: flat_parameter_shards
"""Differs in kind: overlaps every rank's interval with every tensor's, without walking."""


def flat_shards(numels, world):
    if world < 1:
        raise ValueError("world must be positive")
    if any(numel < 0 for numel in numels):
        raise ValueError("numels must not be negative")
    total = sum(numels)
    shard = (total + world - 1) // world
    begins = [sum(numels[:index]) for index in range(len(numels))]

    def entries(rank):
        for index, (begin, numel) in enumerate(zip(begins, numels, strict=True)):
            low = max(rank * shard, begin)
            high = min((rank + 1) * shard, begin + numel)
            if low < high:
                yield index, low - begin, high - begin

    return [list(entries(rank)) for rank in range(world)]
