# drill: rms_norm
# /// wrong
# fails = "gpu"
# message = "Only float16 goes up to float32; in bfloat16 the mean of squares and the division keep eight bits."
# ///
"""Shows in bfloat16, where results are off by more than half a rounding step; nothing overflows there."""

import torch
from torch import Tensor


def rms_norm(x: Tensor, weight: Tensor, eps: float = 1e-6) -> Tensor:
    wide = x.float() if x.dtype == torch.float16 else x
    inverse = torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + eps)
    return (wide * inverse).to(x.dtype) * weight
