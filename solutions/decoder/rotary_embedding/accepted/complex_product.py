# drill: rotary_embedding
"""Each pair is a complex number, and the rotation is one complex product."""

import torch
from torch import Tensor


def apply_rope(x: Tensor, positions: Tensor, base: float = 10000.0) -> Tensor:
    half, odd = divmod(x.shape[-1], 2)
    if odd:
        raise ValueError("the head width must be even")
    real = torch.double if x.dtype == torch.double else torch.float
    exponent = torch.arange(half, dtype=real, device=x.device) / half
    angle = positions.to(real).unsqueeze(-1) * torch.pow(base, -exponent)
    if positions.ndim == 2:
        angle = angle.unsqueeze(-3)
    turn = torch.polar(torch.ones_like(angle), angle)
    wide = x.to(real)
    turned = torch.complex(wide[..., :half], wide[..., half:]) * turn
    return torch.cat([turned.real, turned.imag], dim=-1).to(x.dtype)
