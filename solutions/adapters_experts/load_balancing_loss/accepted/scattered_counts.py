# drill: load_balancing_loss
"""Counts with scatter_add, multiplies whole numbers into the sums and divides once at the end."""

import torch
from torch import Tensor


def load_balancing_loss(router_probs: Tensor, experts: Tensor) -> Tensor:
    probs = router_probs.to(torch.promote_types(router_probs.dtype, torch.float32))
    n_tokens, n_experts = probs.shape
    flat = experts.flatten()
    counts = torch.zeros(n_experts, dtype=torch.int64, device=experts.device)
    counts.scatter_add_(0, flat, torch.ones_like(flat))
    total = (probs.sum(dim=0) * counts).sum()
    return total * n_experts / (n_tokens * flat.numel())
