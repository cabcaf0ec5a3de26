# drill: load_balancing_loss
"""A loop over the experts with Python counts, straight from the formula."""

import torch
from torch import Tensor


def load_balancing_loss(router_probs: Tensor, experts: Tensor) -> Tensor:
    if router_probs.dtype in (torch.bfloat16, torch.float16):
        router_probs = router_probs.float()
    n_experts = router_probs.shape[1]
    chosen = experts.reshape(-1).tolist()
    terms = [router_probs[:, e].mean() * (chosen.count(e) / len(chosen)) for e in range(n_experts)]
    return n_experts * torch.stack(terms).sum()
