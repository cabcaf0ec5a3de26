# drill: load_balancing_loss
# /// wrong
# fails = "numerics"
# message = "f is a float32 quotient, so a float64 loss has float32 accuracy."
# ///
"""Shows in float64 when N * k is no power of two."""

import torch
from torch import Tensor


def load_balancing_loss(router_probs: Tensor, experts: Tensor) -> Tensor:
    n_experts = router_probs.shape[1]
    probs = router_probs.to(torch.promote_types(router_probs.dtype, torch.float32))
    counts = torch.bincount(experts.reshape(-1), minlength=n_experts)
    share = counts.float() / experts.numel()
    mean_prob = probs.mean(dim=0)
    return n_experts * (share * mean_prob).sum()
