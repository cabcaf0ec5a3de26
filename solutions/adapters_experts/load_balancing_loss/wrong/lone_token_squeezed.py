# drill: load_balancing_loss
# /// wrong
# fails = "numerics"
# message = "squeeze() drops the token axis of a batch of one, so the sum runs over the experts."
# ///
"""Shows when N = 1 and E > 1."""

import torch
from torch import Tensor


def load_balancing_loss(router_probs: Tensor, experts: Tensor) -> Tensor:
    n_experts = router_probs.shape[1]
    probs = router_probs.to(torch.promote_types(router_probs.dtype, torch.float32))
    hits = torch.nn.functional.one_hot(experts, n_experts).sum(dim=1).squeeze()
    counts = hits.sum(dim=0)
    share = counts.to(probs.dtype) / experts.numel()
    mean_prob = probs.mean(dim=0)
    return n_experts * (share * mean_prob).sum()
