# drill: load_balancing_loss
# /// wrong
# fails = "gpu"
# message = "The counts are held in the dtype of the probabilities, and half types cannot hold large counts."
# ///
"""Shows in bfloat16 above 256 and in float16 above 2048 assignments to one expert."""

import torch
from torch import Tensor


def load_balancing_loss(router_probs: Tensor, experts: Tensor) -> Tensor:
    n_experts = router_probs.shape[1]
    probs = router_probs.to(torch.promote_types(router_probs.dtype, torch.float32))  # [N, E]
    counts = torch.bincount(experts.reshape(-1), minlength=n_experts)  # [E]
    share = counts.to(router_probs.dtype).to(probs.dtype) / experts.numel()
    mean_prob = probs.mean(dim=0)
    return n_experts * (share * mean_prob).sum()
