# drill: load_balancing_loss
# /// wrong
# fails = "numerics"
# message = "The loss is cut off at 1 from below, though it falls below 1 where choices and probabilities disagree."
# ///
"""Shows when the chosen experts are improbable ones; the gradient vanishes there."""

import torch
from torch import Tensor


def load_balancing_loss(router_probs: Tensor, experts: Tensor) -> Tensor:
    n_experts = router_probs.shape[1]
    probs = router_probs.to(torch.promote_types(router_probs.dtype, torch.float32))  # [N, E]
    counts = torch.bincount(experts.reshape(-1), minlength=n_experts)  # [E]
    share = counts.to(probs.dtype) / experts.numel()
    mean_prob = probs.mean(dim=0)
    return (n_experts * (share * mean_prob).sum()).clamp(min=1.0)
