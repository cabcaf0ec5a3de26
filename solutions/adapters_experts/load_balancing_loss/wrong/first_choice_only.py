# drill: load_balancing_loss
# /// wrong
# fails = "numerics"
# message = "Only the first choice of each token is counted."
# source = "https://github.com/deepspeedai/DeepSpeed/pull/2559"
# ///
"""Shows when k > 1 and later choices go to other experts."""

import torch
from torch import Tensor


def load_balancing_loss(router_probs: Tensor, experts: Tensor) -> Tensor:
    n_experts = router_probs.shape[1]
    probs = router_probs.to(torch.promote_types(router_probs.dtype, torch.float32))
    first = experts[:, 0]
    counts = torch.bincount(first, minlength=n_experts)
    share = counts.to(probs.dtype) / first.numel()
    mean_prob = probs.mean(dim=0)
    return n_experts * (share * mean_prob).sum()
