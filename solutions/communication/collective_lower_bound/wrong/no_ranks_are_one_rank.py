# drill: collective_lower_bound
# /// wrong
# fails = "contract"
# message = "world <= 1 returns 0.0, which is right for one rank, but a world of 0 or less has to raise ValueError."
# ///
"""Shows when world < 1."""

FACTORS = {
    "all_reduce": lambda n: 2 * (n - 1) / n,
    "all_gather": lambda n: (n - 1) / n,
    "reduce_scatter": lambda n: (n - 1) / n,
    "all_to_all": lambda n: (n - 1) / n,
    "broadcast": lambda n: 1.0,
    "reduce": lambda n: 1.0,
}


def collective_lower_bound(op: str, payload_bytes: int, world: int, bandwidth: float) -> float:
    if op not in FACTORS or payload_bytes < 0 or bandwidth <= 0:
        raise ValueError("bad op, payload_bytes or bandwidth")
    if world <= 1:
        return 0.0
    return FACTORS[op](world) * payload_bytes / bandwidth
