# drill: collective_lower_bound
# /// wrong
# fails = "contract"
# message = "One rank or no payload returns 0.0 before op and bandwidth are checked, so bad ones pass."
# ///
"""Shows when world is 1 or the payload is 0, and op or bandwidth is bad."""


FACTORS = {
    "all_reduce": lambda n: 2 * (n - 1) / n,
    "all_gather": lambda n: (n - 1) / n,
    "reduce_scatter": lambda n: (n - 1) / n,
    "all_to_all": lambda n: (n - 1) / n,
    "broadcast": lambda n: 1.0,
    "reduce": lambda n: 1.0,
}


def collective_lower_bound(op: str, payload_bytes: int, world: int, bandwidth: float) -> float:
    if payload_bytes < 0:
        raise ValueError(f"payload_bytes must not be negative, got {payload_bytes}")
    if world < 1:
        raise ValueError(f"world must be at least 1, got {world}")
    if world == 1 or payload_bytes == 0:
        return 0.0
    if op not in FACTORS:
        raise ValueError(f"unknown collective {op!r}")
    if bandwidth <= 0:
        raise ValueError(f"bandwidth must be positive, got {bandwidth}")
    return FACTORS[op](world) * payload_bytes / bandwidth
