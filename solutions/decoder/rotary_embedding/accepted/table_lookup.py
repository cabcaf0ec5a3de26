# drill: rotary_embedding
"""Builds a table of cosines and sines as long as the largest position needs, and looks the positions up."""

import torch
from torch import Tensor
from torch.nn import functional as F


def apply_rope(x: Tensor, positions: Tensor, base: float = 10000.0) -> Tensor:
    Dh = x.shape[-1]
    if Dh % 2:
        raise ValueError(f"cannot pair {Dh} lanes")
    work = torch.float64 if x.dtype == torch.float64 else torch.float32
    length = int(positions.max()) + 1
    frequency = base ** (-torch.arange(0, Dh, 2, dtype=work, device=x.device) / Dh)
    angles = torch.arange(length, dtype=work, device=x.device)[:, None] * frequency[None, :]
    cos, sin = (F.embedding(positions, table) for table in (angles.cos(), angles.sin()))
    if positions.dim() == 2:
        cos, sin = cos.unsqueeze(1), sin.unsqueeze(1)
    first, second = x.to(work).tensor_split(2, dim=-1)
    return torch.cat([first * cos - second * sin, second * cos + first * sin], dim=-1).to(x.dtype)
