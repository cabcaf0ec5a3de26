# drill: expert_capacity
"""Plain Python: one counter for each expert and two loops in the order in which places are given out."""

import math

import torch
from torch import Tensor


def assign_slots(experts: Tensor, n_experts: int, capacity_factor: float) -> tuple[Tensor, int]:
    if not capacity_factor > 0:
        raise ValueError("capacity_factor must be positive")
    rows = experts.tolist()
    if any(not 0 <= expert < n_experts for row in rows for expert in row):
        raise ValueError("expert index out of range")
    n_tokens, k = len(rows), len(rows[0])
    capacity = max(math.ceil(capacity_factor * n_tokens * k / n_experts), 1)
    used = [0] * n_experts
    slots = [[-1] * k for _ in rows]
    for choice in range(k):
        for token in range(n_tokens):
            expert = rows[token][choice]
            if used[expert] < capacity:
                slots[token][choice] = used[expert]
                used[expert] += 1
    return torch.tensor(slots, dtype=torch.int64, device=experts.device), capacity
