# drill: rms_norm
# /// wrong
# fails = "shape"
# message = "The shape is unpacked as [B, S, D], so inputs with another number of axes raise."
# ///
"""Shows when x has one, two or four axes."""

import torch
from torch import Tensor


def rms_norm(x: Tensor, weight: Tensor, eps: float = 1e-6) -> Tensor:
    B, S, D = x.shape
    wide = x if x.dtype == torch.float64 else x.float()
    inverse = torch.rsqrt(wide.pow(2).sum(-1).reshape(B, S, 1) / D + eps)
    return (wide * inverse).to(x.dtype) * weight
