# drill: load_balancing_loss
# /// wrong
# fails = "numerics"
# message = "bincount runs without minlength, so f is too short when the last experts are not chosen."
# ///
"""Shows when the last expert gets no token: an error, or a broadcast when only expert 0 is chosen."""

import torch
from torch import Tensor


def load_balancing_loss(router_probs: Tensor, experts: Tensor) -> Tensor:
    n_experts = router_probs.shape[1]
    probs = router_probs.to(torch.promote_types(router_probs.dtype, torch.float32))
    counts = torch.bincount(experts.reshape(-1))
    share = counts.to(probs.dtype) / experts.numel()
    mean_prob = probs.mean(dim=0)
    return n_experts * (share * mean_prob).sum()
