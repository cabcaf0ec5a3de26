# drill: collective_lower_bound
# /// wrong
# fails = "numerics"
# message = "The bandwidth is doubled for two directions, but each byte goes in or out once, at one of the two."
# source = "https://github.com/flagos-ai/FlagPerf/pull/548"
# ///
"""Shows when world >= 2 and the payload is not 0."""


FACTORS = {
    "all_reduce": lambda n: 2 * (n - 1) / n,
    "all_gather": lambda n: (n - 1) / n,
    "reduce_scatter": lambda n: (n - 1) / n,
    "all_to_all": lambda n: (n - 1) / n,
    "broadcast": lambda n: 1.0,
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
    return FACTORS[op](world) * payload_bytes / (2 * bandwidth)
