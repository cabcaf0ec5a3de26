# drill: moe_layer
# /// wrong
# fails = "numerics"
# message = "The token copies are tiled, not interleaved, so they do not line up with the flattened experts."
# source = "https://github.com/huggingface/transformers/pull/33582"
# ///
"""Shows when N > 1 and k > 1."""

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
    copies = x.repeat(k, 1)
    flat = experts.flatten()
    outputs = x.new_zeros(copies.shape)
    for expert in range(n_experts):
        row = torch.where(flat == expert)[0]
        rows = copies[row]
        hidden = F.silu(rows @ w_gate[expert].T) * (rows @ w_up[expert].T)
        outputs.index_add_(0, row, hidden @ w_down[expert].T)
    y = (weights[:, :, None] * outputs.view(x.shape[0], k, -1)).sum(dim=1)
    return y
