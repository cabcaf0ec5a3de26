# drill: load_balancing_loss
# /// wrong
# fails = "contract"
# message = "The probabilities are multiplied by f in place, so the router's output changes."
# ///
"""Shows always in float32 and float64: router_probs is modified (an error when it is a leaf that requires grad, or
expanded)."""

import torch
from torch import Tensor


def load_balancing_loss(router_probs: Tensor, experts: Tensor) -> Tensor:
    n_experts = router_probs.shape[1]
    probs = router_probs.to(torch.promote_types(router_probs.dtype, torch.float32))
    counts = torch.bincount(experts.reshape(-1), minlength=n_experts)
    share = counts.to(probs.dtype) / experts.numel()
    mean_prob = probs.mul_(share).mean(dim=0)
    return n_experts * mean_prob.sum()
