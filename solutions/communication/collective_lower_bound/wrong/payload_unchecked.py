# drill: collective_lower_bound
# /// wrong
# fails = "contract"
# message = "The payload is not checked, so a negative one gives a negative time instead of a ValueError."
# ///
"""Shows when payload_bytes is negative."""

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
        raise ValueError(f"unknown op {op!r}")
    if world < 1 or bandwidth <= 0:
        raise ValueError("world must be at least 1 and bandwidth positive")
    if world == 1:
        return 0.0
    return FACTORS[op](world) * payload_bytes / bandwidth
