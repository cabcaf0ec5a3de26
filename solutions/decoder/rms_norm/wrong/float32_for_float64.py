# drill: rms_norm
# /// wrong
# fails = "numerics"
# message = "float64 inputs go through float32 as well and keep only seven digits."
# ///
"""Shows in float64 against a tolerance tighter than 1e-7."""

import torch
from torch import Tensor


def rms_norm(x: Tensor, weight: Tensor, eps: float = 1e-6) -> Tensor:
    wide = x.float()
    inverse = torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + eps)
    return (wide * inverse).to(x.dtype) * weight
