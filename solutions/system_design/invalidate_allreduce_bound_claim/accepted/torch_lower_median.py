# drill: invalidate_allreduce_bound_claim
"""Differs in kind: float32 tensors and torch.median, which takes the lower middle value; one matrix product for
the shares."""
import torch

SIGNALS = ("step_ms", "compute_ms", "data_wait_ms", "comm_ms", "straggler_wait_ms", "overlapped_comm_ms")
PARTS = torch.tensor(
    [
        [0.0, 0.0, 0.0, 1.0, -1.0, -1.0],  # all_reduce
        [0.0, 0.0, 0.0, 0.0, 1.0, 0.0],  # straggler
        [0.0, 0.0, 1.0, 0.0, 0.0, 0.0],  # data
        [0.2, 0.0, 0.0, 0.0, 0.0, 0.0],  # compute: what the others have to reach
    ]
)


def judge_allreduce_bound(telemetry):
    try:
        table = torch.tensor([telemetry[name] for name in SIGNALS])  # [6, n]
    except KeyError:
        return {"verdict": "insufficient", "bottleneck": "unknown"}
    warm_up = -(-table.shape[1] // 10)
    used = table.isfinite().all(dim=0) & (torch.arange(table.shape[1]) >= warm_up)
    if used.sum() < 8:
        return {"verdict": "insufficient", "bottleneck": "unknown"}
    milliseconds = (PARTS @ table[:, used]).median(dim=1).values  # [4]
    bottleneck = ("all_reduce", "straggler", "data", "compute")[int(milliseconds.argmax())]
    return {"verdict": "confirmed" if bottleneck == "all_reduce" else "invalidated", "bottleneck": bottleneck}
