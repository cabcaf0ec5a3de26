# drill: expert_capacity
# /// wrong
# fails = "contract"
# message = "Only the upper bound is checked, and a negative index is taken for padding."
# ///
"""Shows with a negative expert index."""

import math

import torch
from torch import Tensor


def assign_slots(experts: Tensor, n_experts: int, capacity_factor: float) -> tuple[Tensor, int]:
    if capacity_factor <= 0:
        raise ValueError(f"capacity_factor must be positive, got {capacity_factor}")
    if experts.max() >= n_experts:
        raise ValueError(f"expert indices must be in 0..{n_experts - 1}")
    n_tokens, k = experts.shape
    capacity = max(1, math.ceil(capacity_factor * n_tokens * k / n_experts))
    order = experts.t().reshape(-1)
    hits = (order[:, None] == torch.arange(n_experts, device=order.device)).long()  # [k * N, E]
    places = (hits.cumsum(dim=0) - 1).gather(1, order.clamp(min=0)[:, None])
    slots = places.reshape(k, n_tokens).t()
    slots = slots.masked_fill((slots >= capacity) | (experts < 0), -1)
    return slots, capacity
