# drill: expert_capacity
# /// wrong
# fails = "numerics"
# message = "The share is rounded down and 1 is added, which is one place too many where the share is a whole number."
# ///
"""Shows when capacity_factor * N * k / n_experts is an integer."""

import math

import torch
from torch import Tensor


def assign_slots(experts: Tensor, n_experts: int, capacity_factor: float) -> tuple[Tensor, int]:
    if capacity_factor <= 0:
        raise ValueError(f"capacity_factor must be positive, got {capacity_factor}")
    if experts.min() < 0 or experts.max() >= n_experts:
        raise ValueError(f"expert indices must be in 0..{n_experts - 1}")
    n_tokens, k = experts.shape
    capacity = math.floor(capacity_factor * n_tokens * k / n_experts) + 1
    order = experts.t().reshape(-1)
    hits = torch.nn.functional.one_hot(order, n_experts)  # [k * N, E]
    places = (hits.cumsum(dim=0) - hits).gather(1, order[:, None])
    slots = places.reshape(k, n_tokens).t()  # [N, k]
    return slots.masked_fill(slots >= capacity, -1).contiguous(), capacity
