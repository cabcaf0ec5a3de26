# drill: top_k_router
"""One row at a time: sorts the row, and forms the softmax by hand after taking off the maximum."""

import torch
from torch import Tensor


def top_k_router(logits: Tensor, k: int) -> tuple[Tensor, Tensor]:
    n_experts = logits.shape[1]
    if not 0 < k <= n_experts:
        raise ValueError(f"cannot keep {k} of {n_experts}")
    weights, experts = [], []
    for row in logits:
        values, order = torch.sort(row, descending=True, stable=True)
        values = values[:k] if row.dtype == torch.float64 else values[:k].float()
        exps = torch.exp(values - values[0].detach())
        weights.append((exps / exps.sum()).to(row.dtype))
        experts.append(order[:k])
    return torch.stack(weights), torch.stack(experts)
