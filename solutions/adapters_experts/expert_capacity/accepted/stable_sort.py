# drill: expert_capacity
"""Sorts the assignments by expert, stably, and takes the distance from the start of each expert's run."""

import math

import torch
from torch import Tensor


def assign_slots(experts: Tensor, n_experts: int, capacity_factor: float) -> tuple[Tensor, int]:
    if capacity_factor <= 0:
        raise ValueError(capacity_factor)
    if bool(((experts < 0) | (experts >= n_experts)).any()):
        raise ValueError(f"experts must be below {n_experts} and not negative")
    tokens, k = experts.shape
    capacity = math.ceil(capacity_factor * tokens * k / n_experts)
    flat = experts.permute(1, 0).flatten()
    ordered, where = torch.sort(flat, stable=True)
    starts = torch.searchsorted(ordered, torch.arange(n_experts, device=flat.device))
    ranks = torch.arange(flat.numel(), device=flat.device) - starts[ordered]
    places = torch.empty_like(flat)
    places[where] = ranks
    places[places >= capacity] = -1
    return places.view(k, tokens).transpose(0, 1).contiguous(), capacity
