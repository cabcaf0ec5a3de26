# drill: invalidate_allreduce_bound_claim
"""Invalidate the all-reduce-bound claim: fill in the ledger first, then the function, then answer in words."""

LEDGER = {
    "grad_bytes": "",  # bfloat16 gradients of P parameters
    "ring_bytes": "",  # sent by each of R ranks in a ring all-reduce
    "transfer_ms": "",  # at least, at W bytes/s
    "exposed_share": "",  # in C, S, O, T
    "warm_up": "",  # of n windows
}

SIGNALS = (
    "step_ms",
    "compute_ms",
    "data_wait_ms",
    "comm_ms",
    "straggler_wait_ms",
    "overlapped_comm_ms",
)


def judge_allreduce_bound(telemetry: dict[str, list[float]]) -> dict[str, str]:
    """Say whether data-parallel training is limited by the gradient all-reduce.

    Args:
        telemetry: signal -> one float per step, in time order, measured on one rank.

    Returns:
        {"verdict": "confirmed" | "invalidated" | "insufficient",
         "bottleneck": "all_reduce" | "straggler" | "data" | "compute" | "unknown"}
    """
    raise NotImplementedError("write me")
