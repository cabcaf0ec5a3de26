# drill: collective_lower_bound
# /// wrong
# fails = "shape"
# message = "The exact Fraction is returned as it is, but the time has to be a Python float."
# ///
"""Shows always, in the type of the result. The value is right."""
from fractions import Fraction

FACTORS = {
    "all_reduce": lambda n: 2 * Fraction(n - 1, n),
    "all_gather": lambda n: Fraction(n - 1, n),
    "reduce_scatter": lambda n: Fraction(n - 1, n),
    "all_to_all": lambda n: Fraction(n - 1, n),
    "broadcast": lambda n: Fraction(min(1, n - 1)),
    "reduce": lambda n: Fraction(min(1, n - 1)),
}


def collective_lower_bound(op: str, payload_bytes: int, world: int, bandwidth: float) -> float:
    if op not in FACTORS or payload_bytes < 0 or world < 1 or bandwidth <= 0:
        raise ValueError("bad op, payload_bytes, world or bandwidth")
    return FACTORS[op](world) * payload_bytes / Fraction(bandwidth)
