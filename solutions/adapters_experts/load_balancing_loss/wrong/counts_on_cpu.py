# drill: load_balancing_loss
# /// wrong
# fails = "gpu"
# message = "The counts are created without a device, so they lie on the CPU wherever the inputs are."
# ///
"""Shows when the inputs are not on the CPU."""

import torch
from torch import Tensor


def load_balancing_loss(router_probs: Tensor, experts: Tensor) -> Tensor:
    n_experts = router_probs.shape[1]
    probs = router_probs.to(torch.promote_types(router_probs.dtype, torch.float32))
    counts = torch.zeros(n_experts, dtype=torch.int64)
    counts.index_add_(0, experts.reshape(-1), torch.ones_like(experts).reshape(-1))
    share = counts.to(probs.dtype) / experts.numel()
    mean_prob = probs.mean(dim=0)
    return n_experts * (share * mean_prob).sum()
