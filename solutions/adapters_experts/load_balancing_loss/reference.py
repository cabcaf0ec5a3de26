# drill: load_balancing_loss
"""A count cannot be differentiated, so the loss multiplies it with something that can: f says which experts are full,
and P lets the router give them less probability. Both sum to 1, so their dot product is 1 / E when both are uniform,
and the factor E makes that 1 for any number of experts and choices."""

import torch
from torch import Tensor

LEDGER = {
    "share": "[E]",
    "collapsed": "E/k",
    "gradient": "1/N",
    "one_hot_bytes": "8*N*k*E",
}


def load_balancing_loss(router_probs: Tensor, experts: Tensor) -> Tensor:
    n_experts = router_probs.shape[1]
    # Widened before the mean: a bfloat16 mean is off by up to 0.2 per cent.
    probs = router_probs.to(torch.promote_types(router_probs.dtype, torch.float32))  # [N, E]

    # minlength, or experts at the end that nobody chose would be missing.
    counts = torch.bincount(experts.reshape(-1), minlength=n_experts)  # [E]
    share = counts.to(probs.dtype) / experts.numel()  # [E], sums to 1, no gradient
    mean_prob = probs.mean(dim=0)  # [E], sums to 1
    return n_experts * (share * mean_prob).sum()
