# drill: moe_layer
# /// wrong
# fails = "efficiency"
# message = "Idle experts are skipped, but each of the others runs on the whole batch and most of it is masked out."
# ///
"""Shows in the number of multiply-adds when tokens spread over many experts; the values are right."""

import torch
import torch.nn.functional as F
from torch import Tensor


def moe_forward(x: Tensor, w_router: Tensor, w_gate: Tensor, w_up: Tensor, w_down: Tensor, k: int) -> Tensor:
    n_experts = w_router.shape[0]
    if not 1 <= k <= n_experts:
        raise ValueError(f"k must be in 1..{n_experts}, got {k}")
    logits = x @ w_router.T
    kept, experts = torch.topk(logits, k, dim=-1)
    wide = torch.promote_types(x.dtype, torch.float32)
    weights = torch.softmax(kept.to(wide), dim=-1).to(x.dtype)
    y = x.new_zeros(x.shape)
    for expert in range(n_experts):
        hit = experts == expert  # [N, k]
        if not hit.any():
            continue
        hidden = F.silu(x @ w_gate[expert].T) * (x @ w_up[expert].T)
        out = hidden @ w_down[expert].T
        y = y + (weights * hit).sum(dim=-1, keepdim=True) * out
    return y
