# drill: expert_capacity
# /// wrong
# fails = "numerics"
# message = "The capacity is rounded up in float16, which has no fractions above 1024 and only every second number above 2048."
# ///
"""Shows for a large capacity, and for fractions that float16 rounds away."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor


def assign_slots(experts: Tensor, n_experts: int, capacity_factor: float) -> tuple[Tensor, int]:
    if capacity_factor <= 0:
        raise ValueError(f"capacity_factor must be positive, got {capacity_factor}")
    if experts.min() < 0 or experts.max() >= n_experts:
        raise ValueError(f"expert indices must be in 0..{n_experts - 1}")

    n_tokens, k = experts.shape
    capacity = max(1, int(torch.tensor(capacity_factor * n_tokens * k / n_experts, dtype=torch.float16).ceil()))

    by_choice = experts.t().reshape(-1)  # [k * N], choice 0 of every token, then choice 1, ...
    hits = F.one_hot(by_choice, n_experts)  # [k * N, E], int64, so that counts are exact at any length
    earlier = hits.cumsum(dim=0) - hits  # [k * N, E], assignments to each expert before this one
    places = earlier.gather(1, by_choice[:, None])  # [k * N, 1]

    slots = places.reshape(k, n_tokens).t()  # [N, k], the way back from choice order
    return slots.masked_fill(slots >= capacity, -1).contiguous(), capacity
