# drill: expert_capacity
# /// wrong
# fails = "numerics"
# message = "The offset of a choice is the count of the choice before it alone, so from the third on places collide."
# source = "https://github.com/lucidrains/st-moe-pytorch/issues/13"
# ///
"""Shows when k > 2 and an expert is named in the first and in the third choice."""

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
    before = torch.zeros(n_experts, dtype=torch.int64, device=experts.device)
    columns = []
    for choice in experts.unbind(dim=1):
        hits = torch.nn.functional.one_hot(choice, n_experts)  # [N, E]
        columns.append((before + hits.cumsum(dim=0) - 1).gather(1, choice[:, None]))
        before = hits.sum(dim=0)
    slots = torch.cat(columns, dim=1)
    slots = slots.masked_fill(slots >= capacity, -1)
    return slots, capacity
