# drill: measured_speculation
"""Differs in kind: the trace as float64 columns, checked and summed by tensor operations."""
import torch

COLUMNS = ("proposed", "accepted", "draft_ms", "verify_ms", "rollback_ms")


def summarize_speculation(rounds, baseline_ms_per_token):
    if not rounds:
        raise ValueError("no rounds")
    if baseline_ms_per_token <= 0:
        raise ValueError("baseline must be positive")
    trace = torch.tensor([[one[name] for name in COLUMNS] for one in rounds], dtype=torch.float64)  # [rounds, 5]
    if (trace[:, 1:] < 0).any() or (trace[:, 1] > trace[:, 0]).any():
        raise ValueError("a count or time is out of range")
    proposed, accepted, *times = trace.sum(0).tolist()
    if sum(times) == 0:
        raise ValueError("the trace takes no time")
    per_round = (trace[:, 1] + 1).mean().item()
    ms_per_token = sum(times) / (per_round * len(rounds))
    return {
        "acceptance_rate": accepted / proposed if proposed > 0 else 0.0,
        "tokens_per_round": per_round,
        "ms_per_token": ms_per_token,
        "speedup": baseline_ms_per_token / ms_per_token,
    }
