# drill: load_balancing_loss
# /// wrong
# fails = "gradients"
# message = "P is computed from detached probabilities, so the loss has no gradient at all."
# ///
"""Shows in the gradient: the result does not require grad."""

import torch
from torch import Tensor


def load_balancing_loss(router_probs: Tensor, experts: Tensor) -> Tensor:
    n_experts = router_probs.shape[1]
    probs = router_probs.to(torch.promote_types(router_probs.dtype, torch.float32))
    counts = torch.bincount(experts.reshape(-1), minlength=n_experts)
    share = counts.to(probs.dtype) / experts.numel()
    mean_prob = probs.detach().mean(dim=0)
    return n_experts * (share * mean_prob).sum()
