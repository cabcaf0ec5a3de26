# drill: expert_capacity
"""One int64 key for each assignment, expert first, then choice, then token; sorted keys need no stability. The capacity
comes from an exact fraction."""

import math
from fractions import Fraction

import torch
from torch import Tensor


def assign_slots(experts: Tensor, n_experts: int, capacity_factor: float) -> tuple[Tensor, int]:
    if capacity_factor <= 0:
        raise ValueError("a capacity factor must be above 0")
    if int(experts.min()) < 0 or int(experts.max()) > n_experts - 1:
        raise ValueError("expert out of range")
    n, k = experts.shape
    total, device = n * k, experts.device
    capacity = max(1, math.ceil(Fraction(capacity_factor) * total / n_experts))
    rank = torch.arange(k, device=device) * n + torch.arange(n, device=device)[:, None]  # [N, k]
    keys, where = (experts * total + rank).flatten().sort()
    owner = torch.div(keys, total, rounding_mode="floor")
    load = torch.zeros(n_experts, dtype=torch.int64, device=device).index_add_(0, owner, torch.ones_like(owner))
    before = load.cumsum(0) - load  # [E], where the run of each expert begins
    places = torch.arange(total, device=device) - before[owner]
    slots = torch.empty_like(places).scatter_(0, where, torch.where(places < capacity, places, -1))
    return slots.view(n, k), capacity
