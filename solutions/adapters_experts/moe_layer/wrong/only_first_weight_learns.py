# drill: moe_layer
# /// wrong
# fails = "gradients"
# message = "Only the weight of the first choice passes a gradient on; the others are detached."
# ///
"""Shows in the gradients of w_router and x when k > 1."""

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
    weights = torch.cat((weights[:, :1], weights[:, 1:].detach()), dim=-1)
    y = x.new_zeros(x.shape)
    for expert in range(n_experts):
        token, choice = torch.where(experts == expert)
        rows = x[token]
        hidden = F.silu(rows @ w_gate[expert].T) * (rows @ w_up[expert].T)
        out = hidden @ w_down[expert].T
        y.index_add_(0, token, weights[token, choice, None] * out)
    return y
