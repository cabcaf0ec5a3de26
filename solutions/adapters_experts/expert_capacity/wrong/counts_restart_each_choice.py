# drill: expert_capacity
# /// wrong
# fails = "numerics"
# message = "Each choice starts counting at 0 again, so a first and a second choice get the same place."
# ///
"""Shows when k > 1 and an expert is named in two different choices."""

import math

import torch
from torch import Tensor


def assign_slots(experts: Tensor, n_experts: int, capacity_factor: float) -> tuple[Tensor, int]:
    if capacity_factor <= 0:
        raise ValueError(f"capacity_factor must be positive, got {capacity_factor}")
    if experts.min() < 0 or experts.max() >= n_experts:
        raise ValueError(f"expert indices must be in 0..{n_experts - 1}")
    n_tokens, k = experts.shape
    capacity = max(1, math.ceil(capacity_factor * n_tokens * k / n_experts))
    hits = torch.nn.functional.one_hot(experts, n_experts)  # [N, k, E]
    slots = (hits.cumsum(dim=0) - 1).gather(2, experts[:, :, None])[:, :, 0]
    slots = slots.masked_fill(slots >= capacity, -1)
    return slots, capacity
