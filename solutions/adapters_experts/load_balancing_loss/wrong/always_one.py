# drill: load_balancing_loss
# /// wrong
# fails = "numerics"
# message = "The mean runs over the experts of a token, which is 1 / E for every token, so the loss is constant."
# source = "https://github.com/mindspore-ai/hyper-parallel/issues/752"
# ///
"""Shows whenever the loss is not 1."""

import torch
from torch import Tensor


def load_balancing_loss(router_probs: Tensor, experts: Tensor) -> Tensor:
    n_experts = router_probs.shape[1]
    probs = router_probs.to(torch.promote_types(router_probs.dtype, torch.float32))
    counts = torch.bincount(experts.reshape(-1), minlength=n_experts)
    share = counts.to(probs.dtype) / experts.numel()
    mean_prob = probs.mean(dim=1, keepdim=True)
    return n_experts * (share * mean_prob).sum(dim=1).mean()
