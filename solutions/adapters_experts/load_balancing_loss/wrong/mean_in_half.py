# drill: load_balancing_loss
# /// wrong
# fails = "gpu"
# message = "The mean is taken in half precision and widened afterwards, so P is rounded to a few bits."
# ///
"""Shows in bfloat16 and float16, at relative errors of about 1e-3 against the float32 mean."""

import torch
from torch import Tensor


def load_balancing_loss(router_probs: Tensor, experts: Tensor) -> Tensor:
    n_experts = router_probs.shape[1]
    probs = router_probs.to(torch.promote_types(router_probs.dtype, torch.float32))
    counts = torch.bincount(experts.reshape(-1), minlength=n_experts)
    share = counts.to(probs.dtype) / experts.numel()
    mean_prob = router_probs.mean(dim=0).to(probs.dtype)
    return n_experts * (share * mean_prob).sum()
