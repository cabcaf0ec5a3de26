# drill: rms_norm
# /// wrong
# fails = "contract"
# message = "An all-zero x comes back as it is, so the result is the caller's own tensor."
# ///
"""Shows when all of x is zero."""

import torch
from torch import Tensor


def rms_norm(x: Tensor, weight: Tensor, eps: float = 1e-6) -> Tensor:
    if not x.any():
        return x
    wide = x if x.dtype == torch.float64 else x.float()
    mean_square = wide.pow(2).mean(-1, keepdim=True)
    return (wide * torch.rsqrt(mean_square + eps)).to(x.dtype) * weight
