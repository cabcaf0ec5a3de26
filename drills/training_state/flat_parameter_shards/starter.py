# drill: flat_parameter_shards
"""Flat-parameter shards: fill in the ledger first, then the function."""

LEDGER = {
    "shard": "",  # elements of one shard, in N elements and W ranks
    "padding": "",  # elements of padding in the whole buffer
    "shard_bytes": "",  # bytes of one shard with B bytes per element
    "real_elements": "",  # real elements of rank r
}


def flat_shards(numels: list[int], world: int) -> list[list[tuple[int, int, int]]]:
    """Plan the shards of a flattened, padded buffer.

    Args:
        numels: elements of each tensor, in flat order.
        world: number of ranks.

    Returns:
        One list per rank of (tensor index, start, stop), half-open inside the tensor, in flat order.
    """
    raise NotImplementedError("write me")
