# drill: load_balancing_loss
# /// wrong
# fails = "numerics"
# message = "The coefficient of 0.01 that a trainer applies is included in the loss."
# source = "https://arxiv.org/abs/2101.03961"
# ///
"""Shows always."""

import torch
from torch import Tensor


def load_balancing_loss(router_probs: Tensor, experts: Tensor) -> Tensor:
    n_experts = router_probs.shape[1]
    probs = router_probs.to(torch.promote_types(router_probs.dtype, torch.float32))
    counts = torch.bincount(experts.reshape(-1), minlength=n_experts)
    share = counts.to(probs.dtype) / experts.numel()
    mean_prob = probs.mean(dim=0)
    return 0.01 * n_experts * (share * mean_prob).sum()
