# drill: collective_lower_bound
"""Collective lower bound: fill in the ledger first, then the function."""

LEDGER = {
    "all_reduce_bytes": "",  # bytes that one rank puts on the wire, in S, n
    "all_reduce": "",  # seconds, in S, n, B
    "all_gather": "",
    "broadcast": "",
}


def collective_lower_bound(op: str, payload_bytes: int, world: int, bandwidth: float) -> float:
    """The bandwidth-only lower bound on one collective.

    Args:
        op: "all_reduce", "all_gather", "reduce_scatter", "all_to_all", "broadcast" or "reduce".
        payload_bytes: full buffer, gathered output or full input, by op.
        world: number of ranks, at least 1.
        bandwidth: bytes per second in and out of each rank.

    Returns:
        Seconds.
    """
    raise NotImplementedError("write me")
