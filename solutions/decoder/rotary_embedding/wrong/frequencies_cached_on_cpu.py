# drill: rotary_embedding
# /// wrong
# fails = "gpu"
# message = "The frequencies are cached without their device, so those of a call on the CPU meet positions on the GPU."
# ///
"""Shows when a call with an x on an accelerator follows one on the CPU."""

import torch
from torch import Tensor


FREQUENCIES = {}


def apply_rope(x: Tensor, positions: Tensor, base: float = 10000.0) -> Tensor:
    B, H, S, Dh = x.shape
    if Dh % 2 != 0:
        raise ValueError(f"Dh={Dh} must be even")
    half = Dh // 2
    work = torch.float64 if x.dtype == torch.float64 else torch.float32
    key = Dh, base, work
    if key not in FREQUENCIES:
        FREQUENCIES[key] = base ** (-torch.arange(0, Dh, 2, dtype=work, device=x.device) / Dh)
    inv_freq = FREQUENCIES[key]
    angles = positions.to(work).unsqueeze(-1) * inv_freq  # [S, Dh/2] or [B, S, Dh/2]
    if positions.dim() == 2:
        angles = angles.unsqueeze(1)  # [B, 1, S, Dh/2]
    cos, sin = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
    first, second = x[..., :half], x[..., half:]
    return torch.cat([first * cos - second * sin, second * cos + first * sin], dim=-1)
