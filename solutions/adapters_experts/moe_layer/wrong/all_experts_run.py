# drill: moe_layer
# /// wrong
# fails = "efficiency"
# message = "Every expert runs on every token and most outputs are multiplied by zero, so the work grows with E."
# ///
"""Shows in the number of multiply-adds when k < E; the values are right."""

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
    combine = x.new_zeros(logits.shape).scatter(1, experts, weights)
    for expert in range(n_experts):
        hidden = F.silu(x @ w_gate[expert].T) * (x @ w_up[expert].T)
        out = hidden @ w_down[expert].T
        y = y + combine[:, expert, None] * out
    return y
