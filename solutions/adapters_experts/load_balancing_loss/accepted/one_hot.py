# drill: load_balancing_loss
"""One-hot encodes the choices and averages over tokens and choices; the product is a dot product."""

import torch.nn.functional as F
from torch import Tensor


def load_balancing_loss(router_probs: Tensor, experts: Tensor) -> Tensor:
    probs = router_probs if router_probs.element_size() == 8 else router_probs.float()
    hits = F.one_hot(experts, num_classes=probs.size(-1)).to(probs.dtype)  # [N, k, E]
    share = hits.mean(dim=(0, 1))
    return probs.size(-1) * share.dot(probs.mean(dim=0))
