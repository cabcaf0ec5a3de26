# drill: expert_capacity
# /// wrong
# fails = "contract"
# message = "Only the first column is checked, so a bad index in a later choice ends in a RuntimeError of one_hot."
# ///
"""Shows with an index out of range in column 1 or later."""

import math

import torch
from torch import Tensor


def assign_slots(experts: Tensor, n_experts: int, capacity_factor: float) -> tuple[Tensor, int]:
    if capacity_factor <= 0:
        raise ValueError(f"capacity_factor must be positive, got {capacity_factor}")
    if experts[:, 0].min() < 0 or experts[:, 0].max() >= n_experts:
        raise ValueError(f"expert indices must be in 0..{n_experts - 1}")
    n_tokens, k = experts.shape
    capacity = max(1, math.ceil(capacity_factor * n_tokens * k / n_experts))
    order = experts.t().reshape(-1)
    hits = torch.nn.functional.one_hot(order, n_experts)  # [k * N, E]
    places = (hits.cumsum(dim=0) - hits).gather(1, order[:, None])
    slots = places.reshape(k, n_tokens).t()  # [N, k]
    return slots.masked_fill(slots >= capacity, -1).contiguous(), capacity
