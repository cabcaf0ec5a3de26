# drill: load_balancing_loss
# /// wrong
# fails = "numerics"
# message = "k is divided out of the counts and once more out of the mean, so balance gives 1 / k."
# source = "https://github.com/NVIDIA/Megatron-LM/commit/5c8eb08f66"
# ///
"""Shows when k > 1."""

import torch
from torch import Tensor


def load_balancing_loss(router_probs: Tensor, experts: Tensor) -> Tensor:
    n_experts = router_probs.shape[1]
    probs = router_probs.to(torch.promote_types(router_probs.dtype, torch.float32))
    counts = torch.bincount(experts.reshape(-1), minlength=n_experts)
    share = counts.to(probs.dtype) / experts.numel()
    mean_prob = probs.sum(dim=0) / experts.numel()
    return n_experts * (share * mean_prob).sum()
