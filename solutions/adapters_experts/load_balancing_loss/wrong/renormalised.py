# drill: load_balancing_loss
# /// wrong
# fails = "gradients"
# message = "The mean is divided by its sum, which is 1 already, and the quotient changes the gradient."
# ///
"""Shows in the gradient of router_probs; the value is right to rounding in float32 and float64."""

import torch
from torch import Tensor


def load_balancing_loss(router_probs: Tensor, experts: Tensor) -> Tensor:
    n_experts = router_probs.shape[1]
    probs = router_probs.to(torch.promote_types(router_probs.dtype, torch.float32))  # [N, E]
    counts = torch.bincount(experts.reshape(-1), minlength=n_experts)  # [E]
    share = counts.to(probs.dtype) / experts.numel()
    mean_prob = probs.mean(dim=0)
    mean_prob = mean_prob / mean_prob.sum()
    return n_experts * (share * mean_prob).sum()
