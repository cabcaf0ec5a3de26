# drill: expert_capacity
# /// wrong
# fails = "numerics"
# message = "First choices go first, but all later choices of a token go together, so its third comes before the next second."
# ///
"""Shows when k > 2 and an expert is a third choice of one token and a second choice of a later one."""

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
    order = torch.cat((experts[:, 0], experts[:, 1:].reshape(-1)))
    hits = torch.nn.functional.one_hot(order, n_experts)  # [k * N, E]
    places = (hits.cumsum(dim=0) - hits).gather(1, order[:, None])
    slots = torch.cat((places[:n_tokens], places[n_tokens:].reshape(n_tokens, k - 1)), dim=1)  # [N, k]
    return slots.masked_fill(slots >= capacity, -1).contiguous(), capacity
