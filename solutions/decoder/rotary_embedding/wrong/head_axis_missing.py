# drill: rotary_embedding
# /// wrong
# fails = "numerics"
# message = "The angles of positions [B, S] get no head axis, so their batch axis meets the heads."
# ///
"""Shows with positions [B, S] and B > 1: it raises when B differs from H, and mixes up rows when B = H."""

import torch
from torch import Tensor


def apply_rope(x: Tensor, positions: Tensor, base: float = 10000.0) -> Tensor:
    B, H, S, Dh = x.shape
    if Dh % 2 != 0:
        raise ValueError(f"Dh={Dh} must be even")
    half = Dh // 2
    work = torch.float64 if x.dtype == torch.float64 else torch.float32
    inv_freq = base ** (-torch.arange(0, Dh, 2, dtype=work, device=x.device) / Dh)
    angles = positions.to(work).unsqueeze(-1) * inv_freq  # [S, Dh/2] or [B, S, Dh/2]
    cos, sin = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
    first, second = x[..., :half], x[..., half:]
    return torch.cat([first * cos - second * sin, second * cos + first * sin], dim=-1)
