# drill: invalidate_kv_bound_claim
"""Invalidate the KV-bound claim: fill in the ledger first, then the function, then answer in words."""

LEDGER = {
    "kv_read": "",  # bytes of keys and values one decode step reads, bfloat16
    "weight_read": "",  # bytes of weights one decode step reads, bfloat16
    "kv_share": "",  # share of the cache in both together
    "step_floor": "",  # seconds a step takes at least, with W bytes/s
    "warm_up": "",  # of n windows
}

SIGNALS = (
    "hbm_bytes_per_s",
    "hbm_peak_bytes_per_s",
    "kv_bytes_per_s",
    "sm_busy",
    "gpu_idle",
    "running_requests",
)


def judge_kv_bound(telemetry: dict[str, list[float]]) -> dict[str, str]:
    """Say whether decode is limited by reading the KV cache.

    Args:
        telemetry: signal -> one float per window, in time order.

    Returns:
        {"verdict": "confirmed" | "invalidated" | "insufficient",
         "bottleneck": "host" | "kv_reads" | "weight_reads" | "compute" | "latency" | "unknown"}
    """
    raise NotImplementedError("write me")
