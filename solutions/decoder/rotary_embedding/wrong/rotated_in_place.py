# drill: rotary_embedding
# /// wrong
# fails = "contract"
# message = "The rotated halves are written back into x, a tensor of the caller, and x itself is returned."
# ///
"""Shows on any input: x has changed after the call, the result aliases it, and an x that requires grad raises."""

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
    if positions.dim() == 2:
        angles = angles.unsqueeze(1)  # [B, 1, S, Dh/2]
    cos, sin = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
    first, second = x[..., :half], x[..., half:]
    rotated_first = first * cos - second * sin
    rotated_second = second * cos + first * sin
    x[..., :half] = rotated_first
    x[..., half:] = rotated_second
    return x
