# drill: expert_capacity
# /// wrong
# fails = "numerics"
# message = "Tokens are shuffled before places are given out, so slots differ from call to call."
# source = "https://github.com/deepspeedai/DeepSpeed/issues/1658"
# ///
"""Shows when an expert is named twice in one choice; the global random state moves."""

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
    shuffle = torch.randperm(n_tokens, device=experts.device)
    order = experts[shuffle].t().reshape(-1)
    hits = torch.nn.functional.one_hot(order, n_experts)  # [k * N, E]
    places = (hits.cumsum(dim=0) - 1).gather(1, order[:, None])
    slots = places.reshape(k, n_tokens).t()[shuffle.argsort()]
    slots = slots.masked_fill(slots >= capacity, -1)
    return slots, capacity
