# drill: load_balancing_loss
# /// wrong
# fails = "gradients"
# message = "f gets a straight-through gradient from the probabilities, where it is a count and has none."
# ///
"""Shows in the gradient of router_probs; the value is right."""

import torch
from torch import Tensor


def load_balancing_loss(router_probs: Tensor, experts: Tensor) -> Tensor:
    n_experts = router_probs.shape[1]
    probs = router_probs.to(torch.promote_types(router_probs.dtype, torch.float32))  # [N, E]
    counts = torch.bincount(experts.reshape(-1), minlength=n_experts)  # [E]
    share = counts.to(probs.dtype) / experts.numel()
    share = share + (probs - probs.detach()).mean(dim=0)
    mean_prob = probs.mean(dim=0)
    return n_experts * (share * mean_prob).sum()
