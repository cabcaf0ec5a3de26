# drill: moe_layer
# /// wrong
# fails = "finiteness"
# message = "The sigmoid is exp(z) / (1 + exp(z)), which is inf / inf for large gates."
# ///
"""Shows for gates above 88 (709 in float64, 11 in float16): NaN."""

import torch
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
        token, choice = torch.where(experts == expert)
        rows = x[token]
        gate = rows @ w_gate[expert].T
        hidden = gate * (gate.exp() / (1 + gate.exp())) * (rows @ w_up[expert].T)
        out = hidden @ w_down[expert].T
        y.index_add_(0, token, weights[token, choice, None] * out)
    return y
