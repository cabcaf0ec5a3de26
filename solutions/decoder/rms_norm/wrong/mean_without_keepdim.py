# drill: rms_norm
# /// wrong
# fails = "shape"
# message = "The mean loses its axis, so the division broadcasts along the wrong one or raises."
# ///
"""Shows when x has two axes or more: it raises, or, with as many rows as lanes, scales lanes instead of rows. One
axis hides it."""

import torch
from torch import Tensor


def rms_norm(x: Tensor, weight: Tensor, eps: float = 1e-6) -> Tensor:
    wide = x if x.dtype == torch.float64 else x.float()
    inverse = torch.rsqrt(wide.pow(2).mean(-1) + eps)
    return (wide * inverse).to(x.dtype) * weight
