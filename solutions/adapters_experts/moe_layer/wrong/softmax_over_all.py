# drill: moe_layer
# /// wrong
# fails = "numerics"
# message = "The weights are probabilities over all experts and are not renormalised over the k that are used."
# source = "https://github.com/NVIDIA/Megatron-LM/issues/1593"
# ///
"""Shows when k < E."""

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
    weights = torch.softmax(logits.to(wide), dim=-1).gather(-1, experts).to(x.dtype)
    y = x.new_zeros(x.shape)
    for expert in range(n_experts):
        token, choice = torch.where(experts == expert)
        rows = x[token]
        hidden = F.silu(rows @ w_gate[expert].T) * (rows @ w_up[expert].T)
        out = hidden @ w_down[expert].T
        y.index_add_(0, token, weights[token, choice, None] * out)
    return y
