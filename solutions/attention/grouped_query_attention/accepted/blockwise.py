# drill: grouped_query_attention
"""Walks over the keys in blocks with a running maximum and denominator (flash attention), in float32 for half
precision; autograd goes through the loop."""

import torch
from torch import Tensor

BLOCK = 4


def grouped_query_attention(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    B, H, S, Dh = q.shape
    G, T = k.shape[1], k.shape[2]
    if H % G != 0 or S > T:
        raise ValueError(f"H = {H}, G = {G}, S = {S}, T = {T}")
    wide = torch.float32 if q.dtype in (torch.bfloat16, torch.float16) else q.dtype
    rows = q.to(wide).reshape(B, G, H // G * S, Dh) * Dh**-0.5
    position = torch.arange(T - S, T, device=q.device).repeat(H // G)[:, None]  # [H/G * S, 1]

    top = torch.full((B, G, H // G * S, 1), float("-inf"), dtype=wide, device=q.device)
    total = torch.zeros_like(top)
    mixed = torch.zeros_like(rows)
    # Every query sees key 0, so the maximum is finite after the first block.
    for start in range(0, T, BLOCK):
        keys = k[:, :, start : start + BLOCK].to(wide)
        values = v[:, :, start : start + BLOCK].to(wide)
        scores = torch.matmul(rows, keys.mT)
        future = torch.arange(start, start + keys.shape[2], device=q.device) > position
        scores = scores.masked_fill(future, float("-inf"))
        # The maximum cancels out of the result, so it may be treated as a constant.
        new_top = torch.maximum(top, scores.detach().amax(dim=-1, keepdim=True))
        weights = torch.exp(scores - new_top)
        decay = torch.exp(top - new_top)
        total = decay * total + weights.sum(dim=-1, keepdim=True)
        mixed = decay * mixed + torch.matmul(weights, values)
        top = new_top
    return (mixed / total).to(q.dtype).reshape(B, H, S, Dh)
