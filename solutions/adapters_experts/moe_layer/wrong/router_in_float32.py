# drill: moe_layer
# /// wrong
# fails = "numerics"
# message = "Logits and weights are always computed in float32, so a float64 layer loses half of its digits."
# ///
"""Shows in float64 with k > 1, at relative errors of about 1e-8."""

import torch
import torch.nn.functional as F
from torch import Tensor


def moe_forward(x: Tensor, w_router: Tensor, w_gate: Tensor, w_up: Tensor, w_down: Tensor, k: int) -> Tensor:
    n_experts = w_router.shape[0]
    if not 1 <= k <= n_experts:
        raise ValueError(f"k must be in 1..{n_experts}, got {k}")
    logits = x.float() @ w_router.float().T
    kept, experts = torch.topk(logits, k, dim=-1)
    weights = torch.softmax(kept, dim=-1).to(x.dtype)
    y = x.new_zeros(x.shape)
    for expert in range(n_experts):
        token, choice = torch.where(experts == expert)
        rows = x[token]
        hidden = F.silu(rows @ w_gate[expert].T) * (rows @ w_up[expert].T)
        out = hidden @ w_down[expert].T
        y.index_add_(0, token, weights[token, choice, None] * out)
    return y
