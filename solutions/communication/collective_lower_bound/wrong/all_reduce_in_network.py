# drill: collective_lower_bound
# /// wrong
# fails = "numerics"
# message = "An all-reduce counts (n + 1) / n, which holds where switches reduce, not between ranks alone."
# source = "https://github.com/NVIDIA/nccl-tests/pull/239"
# ///
"""Shows for all_reduce when world is 2 or above 3; at 3 ranks the two factors agree."""


FACTORS = {
    "all_reduce": lambda n: (n + 1) / n,
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
    return FACTORS[op](world) * payload_bytes / bandwidth
