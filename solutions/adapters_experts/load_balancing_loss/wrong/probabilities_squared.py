# drill: load_balancing_loss
# /// wrong
# fails = "numerics"
# message = "f is replaced by the mean probability, which gives a soft loss that ignores where tokens went."
# source = "https://arxiv.org/abs/1701.06538"
# ///
"""Shows when f and P differ; in the gradient, too."""

import torch
from torch import Tensor


def load_balancing_loss(router_probs: Tensor, experts: Tensor) -> Tensor:
    n_experts = router_probs.shape[1]
    probs = router_probs.to(torch.promote_types(router_probs.dtype, torch.float32))
    counts = torch.bincount(experts.reshape(-1), minlength=n_experts)
    share = counts.to(probs.dtype) / experts.numel()
    mean_prob = probs.mean(dim=0)
    return n_experts * (mean_prob * mean_prob).sum()
