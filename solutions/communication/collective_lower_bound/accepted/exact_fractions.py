# drill: collective_lower_bound
"""Differs in kind: exact fractions until the end, counting the shards that one rank sends."""
from fractions import Fraction

SHARDS_SENT = {
    "all_reduce": (2, -2),
    "all_gather": (1, -1),
    "reduce_scatter": (1, -1),
    "all_to_all": (1, -1),
    "broadcast": (1, 0),
    "reduce": (1, 0),
}


def collective_lower_bound(op, payload_bytes, world, bandwidth):
    if op not in SHARDS_SENT:
        raise ValueError(f"op must be one of {sorted(SHARDS_SENT)}")
    if not (payload_bytes >= 0 and world >= 1 and bandwidth > 0):
        raise ValueError("payload, world or bandwidth out of range")
    per_rank, constant = SHARDS_SENT[op]
    shards = per_rank * world + constant if world > 1 else 0
    return float(Fraction(payload_bytes, world) * shards / Fraction(bandwidth))
