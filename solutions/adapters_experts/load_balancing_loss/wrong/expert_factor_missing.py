# drill: load_balancing_loss
# /// wrong
# fails = "numerics"
# message = "The factor E is left out, so balance gives 1 / E and the loss fades with more experts."
# ///
"""Shows when E > 1."""

import torch
from torch import Tensor


def load_balancing_loss(router_probs: Tensor, experts: Tensor) -> Tensor:
    n_experts = router_probs.shape[1]
    probs = router_probs.to(torch.promote_types(router_probs.dtype, torch.float32))
    counts = torch.bincount(experts.reshape(-1), minlength=n_experts)
    share = counts.to(probs.dtype) / experts.numel()
    mean_prob = probs.mean(dim=0)
    return (share * mean_prob).sum()
