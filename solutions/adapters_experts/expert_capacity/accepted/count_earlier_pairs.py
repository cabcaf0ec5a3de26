# drill: expert_capacity
"""Compares every assignment with every other and counts the equal ones that come earlier; NumPy on the host."""

import math

import numpy as np
import torch
from torch import Tensor


def assign_slots(experts: Tensor, n_experts: int, capacity_factor: float) -> tuple[Tensor, int]:
    if capacity_factor <= 0:
        raise ValueError("capacity_factor <= 0")
    table = experts.cpu().numpy()
    if table.min() < 0 or table.max() > n_experts - 1:
        raise ValueError("index outside the experts")
    capacity = max(1, math.ceil(capacity_factor * table.shape[0] * table.shape[1] / n_experts))
    line = table.T.ravel()
    place = np.array([np.count_nonzero(line[:i] == expert) for i, expert in enumerate(line)], dtype=np.int64)
    place[place >= capacity] = -1
    slots = np.ascontiguousarray(place.reshape(table.T.shape).T)
    return torch.from_numpy(slots).to(experts.device), capacity
