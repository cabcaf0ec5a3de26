# drill: load_balancing_loss
"""Takes the loss of each token first, as a matrix-vector product, and averages at the end; the share is a mean of
one-hot rows in float64."""

import torch
from torch import Tensor


def load_balancing_loss(router_probs: Tensor, experts: Tensor) -> Tensor:
    n_experts = router_probs.size(1)
    share = torch.nn.functional.one_hot(experts, n_experts).double().mean(dim=(0, 1))  # [E]
    per_token = router_probs.double() @ share  # [N]
    loss = n_experts * per_token.mean()
    return loss if router_probs.dtype == torch.float64 else loss.float()
