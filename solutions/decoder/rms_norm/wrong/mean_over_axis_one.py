# drill: rms_norm
# /// wrong
# fails = "numerics"
# message = "The mean runs over axis 1, which is the last one of a matrix alone."
# ///
"""Shows when x has three axes or more."""

import torch
from torch import Tensor


def rms_norm(x: Tensor, weight: Tensor, eps: float = 1e-6) -> Tensor:
    wide = x if x.dtype == torch.float64 else x.float()
    inverse = torch.rsqrt(wide.pow(2).mean(min(1, x.dim() - 1), keepdim=True) + eps)
    return (wide * inverse).to(x.dtype) * weight
