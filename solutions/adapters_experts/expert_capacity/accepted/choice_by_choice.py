# drill: expert_capacity
"""One choice at a time: a running count along the tokens on top of what earlier choices asked for."""

import torch
from torch import Tensor


def assign_slots(experts: Tensor, n_experts: int, capacity_factor: float) -> tuple[Tensor, int]:
    if capacity_factor <= 0.0:
        raise ValueError("the capacity factor has to be positive")
    if experts.lt(0).any() or experts.ge(n_experts).any():
        raise ValueError("no such expert")
    n, k = experts.shape
    exact = capacity_factor * n * k / n_experts
    capacity = int(exact) + (exact > int(exact))
    names = torch.arange(n_experts, device=experts.device)
    asked = torch.zeros(n_experts, dtype=torch.int64, device=experts.device)
    columns = []
    for choice in experts.unbind(dim=1):
        hits = (choice[:, None] == names).long()  # [N, E]
        place = ((asked + hits.cumsum(dim=0) - 1) * hits).sum(dim=1)  # [N]
        columns.append(torch.where(place < capacity, place, -1))
        asked = asked + hits.sum(dim=0)
    return torch.stack(columns, dim=1), capacity
