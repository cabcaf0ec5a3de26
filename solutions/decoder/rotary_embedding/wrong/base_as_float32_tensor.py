# drill: rotary_embedding
# /// wrong
# fails = "numerics"
# message = "torch.tensor(base) has the default dtype, so a float64 x gets a base that is rounded to float32."
# ///
"""Shows in float64 when base is no float32, as 123.4, at positions of some hundreds."""

import torch
from torch import Tensor


def apply_rope(x: Tensor, positions: Tensor, base: float = 10000.0) -> Tensor:
    B, H, S, Dh = x.shape
    if Dh % 2 != 0:
        raise ValueError(f"Dh={Dh} must be even")
    half = Dh // 2
    work = torch.float64 if x.dtype == torch.float64 else torch.float32
    inv_freq = torch.tensor(base, device=x.device) ** (-torch.arange(0, Dh, 2, dtype=work, device=x.device) / Dh)
    angles = positions.to(work).unsqueeze(-1) * inv_freq  # [S, Dh/2] or [B, S, Dh/2]
    if positions.dim() == 2:
        angles = angles.unsqueeze(1)  # [B, 1, S, Dh/2]
    cos, sin = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
    first, second = x[..., :half], x[..., half:]
    return torch.cat([first * cos - second * sin, second * cos + first * sin], dim=-1)
