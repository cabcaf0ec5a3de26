# drill: rotary_embedding
"""Loops over pairs of lanes, with each frequency a Python float, and the angles in float64 throughout."""

import torch
from torch import Tensor


def apply_rope(x: Tensor, positions: Tensor, base: float = 10000.0) -> Tensor:
    width = x.shape[-1]
    half = width // 2
    if 2 * half != width:
        raise ValueError("Dh must be even")
    work = torch.promote_types(x.dtype, torch.float32)
    where = positions if positions.dim() == 1 else positions.unsqueeze(1)  # [S] or [B, 1, S]
    lanes = [None] * width
    for i in range(half):
        angle = where.double() * base ** (-2 * i / width)
        cos, sin = angle.cos().to(work), angle.sin().to(work)
        first, second = x[..., i].to(work), x[..., i + half].to(work)
        lanes[i] = first * cos - second * sin
        lanes[i + half] = second * cos + first * sin
    return torch.stack(lanes, dim=-1).to(x.dtype)
