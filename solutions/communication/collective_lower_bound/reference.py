# drill: collective_lower_bound
"""Every collective has a share of its payload that one rank must send or receive in any case.

A rank already holds its own 1/n of a scattered or gathered buffer, so (n-1)/n of it moves; an all-reduce is a
reduce-scatter and an all-gather; and the root of a broadcast has to send everything once.
"""

LEDGER = {
    "all_reduce_bytes": "2 * (n - 1) * S / n",
    "all_reduce": "2 * (n - 1) * S / (n * B)",
    "all_gather": "(n - 1) * S / (n * B)",
    "broadcast": "S / B",
}


def collective_lower_bound(op: str, payload_bytes: int, world: int, bandwidth: float) -> float:
    """Seconds that the bytes on the wire take, and nothing else."""
    if op not in ("all_reduce", "all_gather", "reduce_scatter", "all_to_all", "broadcast", "reduce"):
        raise ValueError(f"unknown collective {op!r}")
    if payload_bytes < 0:
        raise ValueError(f"payload_bytes must not be negative, got {payload_bytes}")
    if world < 1:
        raise ValueError(f"world must be at least 1, got {world}")
    if bandwidth <= 0:
        raise ValueError(f"bandwidth must be positive, got {bandwidth}")

    if world == 1:  # broadcast and reduce have no factor that vanishes by itself
        return 0.0
    if op == "all_reduce":
        wire_over_payload = 2 * (world - 1) / world
    elif op in ("broadcast", "reduce"):
        wire_over_payload = 1.0
    else:
        wire_over_payload = (world - 1) / world
    return wire_over_payload * payload_bytes / bandwidth
