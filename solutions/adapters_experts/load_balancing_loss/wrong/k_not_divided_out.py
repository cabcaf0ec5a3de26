# drill: load_balancing_loss
# /// wrong
# fails = "numerics"
# message = "The counts are divided by the tokens and not by the assignments, so f sums to k and balance gives k."
# source = "https://github.com/huggingface/transformers/pull/43775"
# ///
"""Shows when k > 1."""

import torch
from torch import Tensor


def load_balancing_loss(router_probs: Tensor, experts: Tensor) -> Tensor:
    n_experts = router_probs.shape[1]
    probs = router_probs.to(torch.promote_types(router_probs.dtype, torch.float32))
    counts = torch.bincount(experts.reshape(-1), minlength=n_experts)
    share = counts.to(probs.dtype) / experts.shape[0]
    mean_prob = probs.mean(dim=0)
    return n_experts * (share * mean_prob).sum()
