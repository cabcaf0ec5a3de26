# drill: collective_lower_bound
"""Differs in kind: a table of factor functions of n, which is also the list of known ops."""

FACTORS = {
    "all_reduce": lambda n: 2 * (n - 1) / n,
    "all_gather": lambda n: (n - 1) / n,
    "reduce_scatter": lambda n: (n - 1) / n,
    "all_to_all": lambda n: (n - 1) / n,
    "broadcast": lambda n: min(1, n - 1),
    "reduce": lambda n: min(1, n - 1),
}


def collective_lower_bound(op, payload_bytes, world, bandwidth):
    if op not in FACTORS or payload_bytes < 0 or world < 1 or bandwidth <= 0:
        raise ValueError(f"bad arguments: {op!r}, {payload_bytes}, {world}, {bandwidth}")
    return FACTORS[op](world) * payload_bytes / bandwidth
