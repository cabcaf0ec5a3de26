# drill: rms_norm
# /// wrong
# fails = "gradients"
# message = "Rows of zeros are left out by torch.where, so their gradient is 0 instead of weight / sqrt(eps)."
# ///
"""Shows in the gradient of an all-zero row; every value is right."""

import torch
from torch import Tensor


def rms_norm(x: Tensor, weight: Tensor, eps: float = 1e-6) -> Tensor:
    wide = x if x.dtype == torch.float64 else x.float()
    mean_square = wide.pow(2).mean(-1, keepdim=True)
    normed = torch.where(mean_square == 0, torch.zeros_like(wide), wide * torch.rsqrt(mean_square + eps))
    return normed.to(x.dtype) * weight
