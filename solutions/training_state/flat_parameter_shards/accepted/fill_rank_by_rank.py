# drill: flat_parameter_shards
"""Differs in kind: fills each rank's room from a cursor over the tensors, like pouring from one list into another."""


def flat_shards(numels, world):
    if world < 1:
        raise ValueError(f"world = {world}")
    if numels and min(numels) < 0:
        raise ValueError(f"negative numel in {numels}")
    padded = sum(numels) + (-sum(numels)) % world
    index, taken = 0, 0
    ranks = []
    for _ in range(world):
        room = padded // world
        held = []
        while room and index < len(numels):
            take = min(room, numels[index] - taken)
            if take:
                held.append((index, taken, taken + take))
            taken += take
            room -= take
            if taken == numels[index]:
                index, taken = index + 1, 0
        ranks.append(held)
    return ranks
