# drill: collective_lower_bound
# /// wrong
# fails = "contract"
# message = "An unknown op is answered with the factor 1 of a plain send instead of raising ValueError."
# ///
"""Shows when op is not one of the six."""


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
    if bandwidth <= 0:
        raise ValueError(f"bandwidth must be positive, got {bandwidth}")
    if world == 1:
        return 0.0
    return FACTORS.get(op, lambda n: 1.0)(world) * payload_bytes / bandwidth
