# drill: load_balancing_loss
# /// wrong
# fails = "numerics"
# message = "The experts are taken from the largest probabilities and the choices that were passed in are ignored."
# ///
"""Shows when experts are not the k largest entries of router_probs, as with a selection bias."""

import torch
from torch import Tensor


def load_balancing_loss(router_probs: Tensor, experts: Tensor) -> Tensor:
    n_experts = router_probs.shape[1]
    probs = router_probs.to(torch.promote_types(router_probs.dtype, torch.float32))
    chosen = probs.topk(experts.shape[1], dim=1).indices
    counts = torch.bincount(chosen.reshape(-1), minlength=n_experts)
    share = counts.to(probs.dtype) / experts.numel()
    mean_prob = probs.mean(dim=0)
    return n_experts * (share * mean_prob).sum()
