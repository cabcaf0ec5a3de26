# drill: rotary_embedding
# /// wrong
# fails = "numerics"
# message = "The frequencies are always float32; only the product with the positions is float64."
# ///
"""Shows in float64 at any position but 0 when Dh > 2."""

import torch
from torch import Tensor


def apply_rope(x: Tensor, positions: Tensor, base: float = 10000.0) -> Tensor:
    B, H, S, Dh = x.shape
    if Dh % 2 != 0:
        raise ValueError(f"Dh={Dh} must be even")
    half = Dh // 2
    work = torch.float64 if x.dtype == torch.float64 else torch.float32
    inv_freq = base ** (-torch.arange(0, Dh, 2, dtype=torch.float32, device=x.device) / Dh)
    inv_freq = inv_freq.to(work)
    angles = positions.to(work).unsqueeze(-1) * inv_freq  # [S, Dh/2] or [B, S, Dh/2]
    if positions.dim() == 2:
        angles = angles.unsqueeze(1)  # [B, 1, S, Dh/2]
    cos, sin = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
    first, second = x[..., :half], x[..., half:]
    return torch.cat([first * cos - second * sin, second * cos + first * sin], dim=-1)
