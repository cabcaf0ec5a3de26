# drill: moe_layer
# /// wrong
# fails = "numerics"
# message = "An expert serves at most four times its even share of the tokens, and the others lose its part."
# ///
"""Shows when very many tokens choose one expert."""

import torch
import torch.nn.functional as F
from torch import Tensor


def route(logits: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """logits [N, E] -> weights [N, k] that sum to 1 in each row, experts [N, k]."""
    kept, experts = torch.topk(logits, k, dim=-1)
    wide = torch.promote_types(logits.dtype, torch.float32)
    weights = torch.softmax(kept.to(wide), dim=-1)
    return weights.to(logits.dtype), experts


def moe_forward(x: Tensor, w_router: Tensor, w_gate: Tensor, w_up: Tensor, w_down: Tensor, k: int) -> Tensor:
    n_experts = w_router.shape[0]
    if not 1 <= k <= n_experts:
        raise ValueError(f"k must be in 1..{n_experts}, got {k}")

    weights, experts = route(x @ w_router.T, k)  # [N, k] each
    y = x.new_zeros(x.shape)  # [N, D]
    for expert in range(n_experts):
        token, choice = (t[: max(16, 4 * len(x) * k // n_experts)] for t in torch.where(experts == expert))  # [n], the rows that chose it, and as which of their choices
        rows = x[token]  # [n, D]; n may be 0, and all that follows is empty then
        hidden = F.silu(rows @ w_gate[expert].T) * (rows @ w_up[expert].T)  # [n, F]
        out = hidden @ w_down[expert].T  # [n, D]
        y.index_add_(0, token, weights[token, choice, None] * out)
    return y
