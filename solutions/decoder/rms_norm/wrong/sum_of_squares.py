# drill: rms_norm
# /// wrong
# fails = "numerics"
# message = "The squares are summed, not averaged, so rows get length 1 instead of length sqrt(D)."
# ///
"""Shows when D > 1."""

import torch
from torch import Tensor


def rms_norm(x: Tensor, weight: Tensor, eps: float = 1e-6) -> Tensor:
    wide = x if x.dtype == torch.float64 else x.float()
    inverse = torch.rsqrt(wide.pow(2).sum(-1, keepdim=True) + eps)
    return (wide * inverse).to(x.dtype) * weight
