# drill: collective_lower_bound
"""Differs in kind: all-reduce is composed of a reduce-scatter and an all-gather, by match statement and recursion."""


def collective_lower_bound(op, payload_bytes, world, bandwidth):
    if payload_bytes < 0:
        raise ValueError("payload_bytes < 0")
    if world < 1:
        raise ValueError("world < 1")
    if bandwidth <= 0:
        raise ValueError("bandwidth <= 0")
    match op:
        case "all_reduce":
            halves = ("reduce_scatter", "all_gather")
            return sum(collective_lower_bound(half, payload_bytes, world, bandwidth) for half in halves)
        case "reduce_scatter" | "all_gather" | "all_to_all":
            return payload_bytes * (1 - 1 / world) / bandwidth
        case "broadcast" | "reduce":
            return payload_bytes / bandwidth if world > 1 else 0.0
        case _:
            raise ValueError(f"unknown op {op!r}")
