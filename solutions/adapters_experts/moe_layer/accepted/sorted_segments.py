# drill: moe_layer
"""Sorts the N * k assignments by expert, cuts them into one run for each expert, and puts the outputs back in token
order, where the k outputs of a token are neighbours and one einsum sums them."""

import torch
import torch.nn.functional as F
from torch import Tensor


def moe_forward(x: Tensor, w_router: Tensor, w_gate: Tensor, w_up: Tensor, w_down: Tensor, k: int) -> Tensor:
    if k < 1 or k > len(w_router):
        raise ValueError(f"k = {k} with {len(w_router)} experts")
    kept, experts = F.linear(x, w_router).topk(k)
    dtype = None if x.dtype == torch.float64 else torch.float32
    weights = kept.softmax(-1, dtype=dtype).to(x.dtype)

    flat = experts.reshape(-1)
    order = flat.argsort()
    counts = torch.bincount(flat, minlength=len(w_router)).tolist()
    outputs = []
    for expert, rows in enumerate(x[order // k].split(counts)):
        if len(rows):
            gate, up = F.linear(rows, w_gate[expert]), F.linear(rows, w_up[expert])
            outputs.append(F.linear(F.silu(gate) * up, w_down[expert]))
    by_token = torch.cat(outputs)[order.argsort()].view(*experts.shape, -1)
    return torch.einsum("nk,nkd->nd", weights, by_token)
