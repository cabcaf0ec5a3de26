# drill: load_balancing_loss
# /// wrong
# fails = "gradients"
# message = "The probabilities are clamped to 1e-8 from below, so one of 0 gets no gradient."
# ///
"""Shows in the gradient where a probability is 0."""

import torch
from torch import Tensor


def load_balancing_loss(router_probs: Tensor, experts: Tensor) -> Tensor:
    n_experts = router_probs.shape[1]
    # Widened before the mean: a bfloat16 mean is off by up to 0.2 per cent.
    probs = router_probs.clamp(min=1e-8).to(torch.promote_types(router_probs.dtype, torch.float32))  # [N, E]

    # minlength, or experts at the end that nobody chose would be missing.
    counts = torch.bincount(experts.reshape(-1), minlength=n_experts)  # [E]
    share = counts.to(probs.dtype) / experts.numel()  # [E], sums to 1, no gradient
    mean_prob = probs.mean(dim=0)  # [E], sums to 1
    return n_experts * (share * mean_prob).sum()
