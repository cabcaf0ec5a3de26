# drill: rotary_embedding
"""Angles by a batched matmul with autocast switched off for the device's type, as in transformers."""

import torch
from torch import Tensor


def cos_and_sin(x: Tensor, position_ids: Tensor, base: float) -> tuple[Tensor, Tensor]:
    width = x.shape[-1]
    wide = torch.promote_types(x.dtype, torch.float32)
    inv_freq = 1.0 / base ** (torch.arange(0, width, 2, dtype=torch.int64).to(device=x.device, dtype=wide) / width)
    columns = inv_freq[None, :, None].expand(position_ids.shape[0], -1, 1)
    with torch.autocast(device_type=x.device.type, enabled=False):
        freqs = (columns @ position_ids[:, None, :].to(wide)).transpose(1, 2)
        emb = torch.cat((freqs, freqs), dim=-1)
        return emb.cos().to(x.dtype), emb.sin().to(x.dtype)


def rotate_half(x: Tensor) -> Tensor:
    first, second = x.chunk(2, dim=-1)
    return torch.cat((-second, first), dim=-1)


def apply_rope(x: Tensor, positions: Tensor, base: float = 10000.0) -> Tensor:
    if x.shape[-1] % 2:
        raise ValueError("the head width must be even")
    cos, sin = cos_and_sin(x, positions if positions.ndim == 2 else positions[None], base)
    return x * cos.unsqueeze(1) + rotate_half(x) * sin.unsqueeze(1)
