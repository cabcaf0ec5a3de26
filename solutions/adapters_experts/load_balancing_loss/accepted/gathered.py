# drill: load_balancing_loss
"""Never forms f: the sum over experts of f_e P_e is the mean of P over all assignments, so one gather does it."""

import torch
from torch import Tensor


def load_balancing_loss(router_probs: Tensor, experts: Tensor) -> Tensor:
    dtype = torch.float64 if router_probs.dtype == torch.float64 else torch.float32
    mean_prob = router_probs.mean(dim=0, dtype=dtype)
    return mean_prob[experts].mean() * mean_prob.numel()
