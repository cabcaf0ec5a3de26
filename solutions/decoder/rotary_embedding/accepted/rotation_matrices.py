# drill: rotary_embedding
"""Builds a 2 x 2 rotation matrix for each position and frequency and contracts it with the pairs by einsum."""

import math

import torch
from einops import rearrange
from torch import Tensor


def apply_rope(x: Tensor, positions: Tensor, base: float = 10000.0) -> Tensor:
    if x.shape[3] % 2 == 1:
        raise ValueError(f"odd head width {x.shape[3]}")
    work = torch.promote_types(x.dtype, torch.float32)
    pairs = rearrange(x.to(work), "b h s (two i) -> b h s i two", two=2)
    lane = torch.arange(pairs.shape[3], dtype=work, device=x.device)
    angle = positions.to(work)[..., None] * torch.exp(-math.log(base) * 2 * lane / x.shape[3])
    angle = angle.expand(x.shape[0], *angle.shape[-2:])  # [B, S, Dh/2]
    cos, sin = torch.cos(angle), torch.sin(angle)
    matrix = torch.stack([torch.stack([cos, -sin], -1), torch.stack([sin, cos], -1)], -2)  # [B, S, Dh/2, 2, 2]
    return rearrange(torch.einsum("bsimn,bhsin->bhsim", matrix, pairs), "b h s i two -> b h s (two i)").to(x.dtype)
