# drill: rotary_embedding
# /// wrong
# fails = "numerics"
# message = "Positions are counted from 0 instead of being read from the argument, so decoding starts over."
# source = "https://github.com/pytorch/executorch/issues/2010"
# ///
"""Shows when positions are not 0 .. S - 1, as in a decoding step."""

import torch
from torch import Tensor


def apply_rope(x: Tensor, positions: Tensor, base: float = 10000.0) -> Tensor:
    B, H, S, Dh = x.shape
    if Dh % 2 != 0:
        raise ValueError(f"Dh={Dh} must be even")
    half = Dh // 2
    work = torch.float64 if x.dtype == torch.float64 else torch.float32
    inv_freq = base ** (-torch.arange(0, Dh, 2, dtype=work, device=x.device) / Dh)
    angles = torch.arange(S, dtype=work, device=x.device).unsqueeze(-1) * inv_freq  # [S, Dh/2]
    cos, sin = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
    first, second = x[..., :half], x[..., half:]
    return torch.cat([first * cos - second * sin, second * cos + first * sin], dim=-1)
