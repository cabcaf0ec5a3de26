# drill: collective_lower_bound
# /// wrong
# fails = "numerics"
# message = "A broadcast takes log2(n) full sends, which an unpipelined tree needs; the bound is one send."
# ///
"""Shows for broadcast when world >= 3."""
import math

FACTORS = {
    "all_reduce": lambda n: 2 * (n - 1) / n,
    "all_gather": lambda n: (n - 1) / n,
    "reduce_scatter": lambda n: (n - 1) / n,
    "all_to_all": lambda n: (n - 1) / n,
    "broadcast": lambda n: math.ceil(math.log2(n)),
    "reduce": lambda n: 1.0,
}


def collective_lower_bound(op: str, payload_bytes: int, world: int, bandwidth: float) -> float:
    if op not in FACTORS:
        raise ValueError(f"unknown collective {op!r}")
    if payload_bytes < 0:
        raise ValueError(f"payload_bytes must not be negative, got {payload_bytes}")
    if world < 1:
        raise ValueError(f"world must be at least 1, got {world}")
    if bandwidth <= 0:
        raise ValueError(f"bandwidth must be positive, got {bandwidth}")
    if world == 1:
        return 0.0
    return FACTORS[op](world) * payload_bytes / bandwidth
