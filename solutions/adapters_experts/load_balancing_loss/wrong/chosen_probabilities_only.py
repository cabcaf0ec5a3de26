# drill: load_balancing_loss
# /// wrong
# fails = "numerics"
# message = "P counts a probability only where the expert was chosen, so it is no longer the mean over all tokens."
# source = "https://github.com/paiml/aprender/pull/2162"
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
    mean_prob = (probs * chosen).mean(dim=0)
    return n_experts * (share * mean_prob).sum()
