# drill: rms_norm
# /// wrong
# fails = "numerics"
# message = "The row is divided by its mean square; the root is missing."
# ///
"""Shows on any row whose mean square is not 1."""

import torch
from torch import Tensor


def rms_norm(x: Tensor, weight: Tensor, eps: float = 1e-6) -> Tensor:
    wide = x if x.dtype == torch.float64 else x.float()
    inverse = 1 / (wide.pow(2).mean(-1, keepdim=True) + eps)
    return (wide * inverse).to(x.dtype) * weight
