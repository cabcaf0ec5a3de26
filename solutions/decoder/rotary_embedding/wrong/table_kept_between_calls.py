# drill: rotary_embedding
# /// wrong
# fails = "numerics"
# message = "The frequencies are kept from the first call, whatever base and dtype the next one has."
# ///
"""Shows when two calls with the same Dh differ in base or dtype; a single call hides it."""

import torch
from torch import Tensor


FREQUENCIES = {}


def apply_rope(x: Tensor, positions: Tensor, base: float = 10000.0) -> Tensor:
    B, H, S, Dh = x.shape
    if Dh % 2 != 0:
        raise ValueError(f"Dh={Dh} must be even")
    half = Dh // 2
    work = torch.float64 if x.dtype == torch.float64 else torch.float32
    if Dh not in FREQUENCIES:
        FREQUENCIES[Dh] = base ** (-torch.arange(0, Dh, 2, dtype=work, device=x.device) / Dh)
    inv_freq = FREQUENCIES[Dh].to(x.device)
    angles = positions.to(work).unsqueeze(-1) * inv_freq  # [S, Dh/2] or [B, S, Dh/2]
    if positions.dim() == 2:
        angles = angles.unsqueeze(1)  # [B, 1, S, Dh/2]
    cos, sin = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
    first, second = x[..., :half], x[..., half:]
    return torch.cat([first * cos - second * sin, second * cos + first * sin], dim=-1)
