# drill: load_balancing_loss
# /// wrong
# fails = "numerics"
# message = "The factor is the highest expert that was chosen plus one, not the number of experts."
# ///
"""Shows when the last expert gets no token."""

import torch
from torch import Tensor


def load_balancing_loss(router_probs: Tensor, experts: Tensor) -> Tensor:
    n_experts = router_probs.shape[1]
    probs = router_probs.to(torch.promote_types(router_probs.dtype, torch.float32))  # [N, E]
    counts = torch.bincount(experts.reshape(-1), minlength=n_experts)  # [E]
    share = counts.to(probs.dtype) / experts.numel()
    mean_prob = probs.mean(dim=0)
    return (experts.max() + 1) * (share * mean_prob).sum()
