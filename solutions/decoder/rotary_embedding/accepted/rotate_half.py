# drill: rotary_embedding
"""x * cos + rotate_half(x) * sin over the full width, with cosines and sines cast to x's dtype first."""

import torch
from torch import Tensor


def rotate_half(x: Tensor) -> Tensor:
    middle = x.shape[-1] // 2
    return torch.cat((-x[..., middle:], x[..., :middle]), dim=-1)


def apply_rope(x: Tensor, positions: Tensor, base: float = 10000.0) -> Tensor:
    width = x.size(-1)
    if width & 1:
        raise ValueError(f"{width=} must be even")
    work = torch.float64 if x.dtype == torch.float64 else torch.float32
    inverse = 1.0 / base ** (torch.arange(0, width, 2, device=x.device).to(work) / width)
    angles = torch.einsum("...s,i->...si", positions.to(work), inverse)
    angles = torch.cat((angles, angles), dim=-1)  # [S, Dh] or [B, S, Dh]
    if angles.dim() == 3:
        angles = angles.unsqueeze(1)
    return x * angles.cos().to(x.dtype) + rotate_half(x) * angles.sin().to(x.dtype)
