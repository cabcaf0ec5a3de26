# drill: rotary_embedding
# /// wrong
# fails = "numerics"
# message = "Only the first position is read and the rest counted up from it, so order, gaps and rows are lost."
# ///
"""Shows when positions are not consecutive, or rows differ."""

import torch
from torch import Tensor


def apply_rope(x: Tensor, positions: Tensor, base: float = 10000.0) -> Tensor:
    B, H, S, Dh = x.shape
    if Dh % 2 != 0:
        raise ValueError(f"Dh={Dh} must be even")
    half = Dh // 2
    work = torch.float64 if x.dtype == torch.float64 else torch.float32
    inv_freq = base ** (-torch.arange(0, Dh, 2, dtype=work, device=x.device) / Dh)
    positions = positions.flatten()[0] + torch.arange(S, device=x.device)
    angles = positions.to(work).unsqueeze(-1) * inv_freq  # [S, Dh/2]
    cos, sin = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
    first, second = x[..., :half], x[..., half:]
    return torch.cat([first * cos - second * sin, second * cos + first * sin], dim=-1)
