# drill: rotary_embedding
# /// wrong
# fails = "numerics"
# message = "Neighbouring lanes are paired, which is the interleaved layout, not the half-split one."
# source = "https://github.com/huggingface/transformers/issues/25199"
# ///
"""Shows when Dh > 2 at any position but 0; norms and relative products are right, so only values show it."""

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
    first, second = x[..., 0::2], x[..., 1::2]
    return torch.stack([first * cos - second * sin, second * cos + first * sin], dim=-1).flatten(-2)
