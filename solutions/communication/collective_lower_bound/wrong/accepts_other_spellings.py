# drill: collective_lower_bound
# /// wrong
# fails = "contract"
# message = "Other spellings of an op, such as all-reduce, are accepted, where all but the six named ones must raise ValueError."
# ///
"""Shows when op is one of the six in capitals or with a dash for the underscore."""


def collective_lower_bound(op: str, payload_bytes: int, world: int, bandwidth: float) -> float:
    """Seconds that the bytes on the wire take, and nothing else."""
    op = op.lower().replace("-", "_")
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
