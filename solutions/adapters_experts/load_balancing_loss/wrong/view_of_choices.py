# drill: load_balancing_loss
# /// wrong
# fails = "contract"
# message = "view(-1) needs contiguous memory, so transposed or expanded choices raise an error."
# ///
"""Shows when experts is not contiguous."""

import torch
from torch import Tensor


def load_balancing_loss(router_probs: Tensor, experts: Tensor) -> Tensor:
    n_experts = router_probs.shape[1]
    probs = router_probs.to(torch.promote_types(router_probs.dtype, torch.float32))
    counts = torch.bincount(experts.view(-1), minlength=n_experts)
    share = counts.to(probs.dtype) / experts.numel()
    mean_prob = probs.mean(dim=0)
    return n_experts * (share * mean_prob).sum()
