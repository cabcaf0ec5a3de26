# drill: moe_layer
"""Keeps the weights as an [N, E] matrix, zero where an expert was not chosen, and visits only experts that were hit;
float32 inside for half types, gate and up projections in one product."""

import torch
from torch import Tensor, nn


def moe_forward(x: Tensor, w_router: Tensor, w_gate: Tensor, w_up: Tensor, w_down: Tensor, k: int) -> Tensor:
    if k <= 0 or k > w_router.shape[0]:
        raise ValueError("k out of range")
    dtype = x.dtype
    if dtype != torch.float64:
        x, w_router, w_gate, w_up, w_down = (t.float() for t in (x, w_router, w_gate, w_up, w_down))
    logits = x @ w_router.mT
    chosen = torch.zeros_like(logits, dtype=torch.bool).scatter(1, logits.topk(k, dim=1).indices, True)
    combine = logits.masked_fill(~chosen, float("-inf")).softmax(dim=1)  # zero where not chosen
    y = torch.zeros_like(x)
    for expert in chosen.any(dim=0).nonzero().flatten().tolist():
        token = chosen[:, expert].nonzero().flatten()
        both = x.index_select(0, token) @ torch.cat([w_gate[expert], w_up[expert]]).mT
        gate, up = both.chunk(2, dim=1)
        out = (nn.functional.silu(gate) * up) @ w_down[expert].mT
        y = y.index_add(0, token, combine[token, expert].unsqueeze(1) * out)
    return y.to(dtype)
