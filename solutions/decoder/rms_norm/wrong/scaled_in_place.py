# drill: rms_norm
# /// wrong
# fails = "contract"
# message = "float() returns the same tensor when x is float32 already, so mul_ overwrites the caller's input."
# ///
"""Shows in float32 and float64: x has changed after the call, and an input that requires grad raises."""

import torch
from torch import Tensor


def rms_norm(x: Tensor, weight: Tensor, eps: float = 1e-6) -> Tensor:
    wide = x if x.dtype == torch.float64 else x.float()
    inverse = torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + eps)
    return wide.mul_(inverse).to(x.dtype) * weight
