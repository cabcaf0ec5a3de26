# drill: moe_layer
# /// wrong
# fails = "numerics"
# message = "y[token] += adds once for each distinct index, and all k outputs of a token are added in one call."
# source = "https://github.com/deepseek-ai/DeepSeek-V3/issues/942"
# ///
"""Shows when k > 1."""

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
    order = experts.flatten().argsort(stable=True)
    token = order // k
    counts = torch.bincount(experts.flatten(), minlength=n_experts).tolist()
    outputs = []
    for expert, rows in enumerate(x[token].split(counts)):
        hidden = F.silu(rows @ w_gate[expert].T) * (rows @ w_up[expert].T)
        outputs.append(hidden @ w_down[expert].T)
    y = x.new_zeros(x.shape)
    y[token] += weights.flatten()[order, None] * torch.cat(outputs)
    return y
