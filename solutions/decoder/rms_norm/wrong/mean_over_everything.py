# drill: rms_norm
# /// wrong
# fails = "numerics"
# message = "The mean runs over all axes, so rows are scaled by their neighbours."
# ///
"""Shows when there are two rows of different length; one row hides it."""

import torch
from torch import Tensor


def rms_norm(x: Tensor, weight: Tensor, eps: float = 1e-6) -> Tensor:
    wide = x if x.dtype == torch.float64 else x.float()
    inverse = torch.rsqrt(wide.pow(2).mean() + eps)
    return (wide * inverse).to(x.dtype) * weight
