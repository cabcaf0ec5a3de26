# drill: load_balancing_loss
# /// wrong
# fails = "numerics"
# message = "A softmax is applied to what are probabilities already, which flattens them."
# ///
"""Shows always but for uniform rows and E = 1."""

import torch
from torch import Tensor


def load_balancing_loss(router_probs: Tensor, experts: Tensor) -> Tensor:
    n_experts = router_probs.shape[1]
    probs = router_probs.softmax(dim=1, dtype=torch.promote_types(router_probs.dtype, torch.float32))
    counts = torch.bincount(experts.reshape(-1), minlength=n_experts)
    share = counts.to(probs.dtype) / experts.numel()
    mean_prob = probs.mean(dim=0)
    return n_experts * (share * mean_prob).sum()
