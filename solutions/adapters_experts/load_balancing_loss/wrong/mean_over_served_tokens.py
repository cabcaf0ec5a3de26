# drill: load_balancing_loss
# /// wrong
# fails = "numerics"
# message = "P is averaged over the tokens that chose the expert, which is near 1 for all and says nothing."
# ///
"""Shows when k < E."""

import torch
from torch import Tensor


def load_balancing_loss(router_probs: Tensor, experts: Tensor) -> Tensor:
    n_experts = router_probs.shape[1]
    probs = router_probs.to(torch.promote_types(router_probs.dtype, torch.float32))
    counts = torch.bincount(experts.reshape(-1), minlength=n_experts)
    share = counts.to(probs.dtype) / experts.numel()
    chosen = torch.zeros_like(probs).scatter(1, experts, 1.0)
    mean_prob = (probs * chosen).sum(dim=0) / counts.clamp(min=1)
    return n_experts * (share * mean_prob).sum()
