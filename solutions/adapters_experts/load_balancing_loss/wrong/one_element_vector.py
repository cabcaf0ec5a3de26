# drill: load_balancing_loss
# /// wrong
# fails = "shape"
# message = "The result is a vector of one element where a scalar is asked for."
# ///
"""Shows always: shape [1]."""

import torch
from torch import Tensor


def load_balancing_loss(router_probs: Tensor, experts: Tensor) -> Tensor:
    n_experts = router_probs.shape[1]
    probs = router_probs.to(torch.promote_types(router_probs.dtype, torch.float32))
    counts = torch.bincount(experts.reshape(-1), minlength=n_experts)
    share = counts.to(probs.dtype) / experts.numel()
    mean_prob = probs.mean(dim=0)
    return n_experts * (share * mean_prob).sum(dim=0, keepdim=True)
