# drill: rms_norm
# /// wrong
# fails = "numerics"
# message = "This is LayerNorm: it subtracts the mean, which RMSNorm keeps."
# ///
"""Shows when rows have a mean that is not 0; with D = 1 it returns zeros."""

import torch
from torch import Tensor


def rms_norm(x: Tensor, weight: Tensor, eps: float = 1e-6) -> Tensor:
    wide = x if x.dtype == torch.float64 else x.float()
    wide = wide - wide.mean(-1, keepdim=True)
    inverse = torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + eps)
    return (wide * inverse).to(x.dtype) * weight
