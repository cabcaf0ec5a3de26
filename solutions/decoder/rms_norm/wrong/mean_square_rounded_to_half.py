# drill: rms_norm
# /// wrong
# fails = "gpu"
# message = "The mean of squares is cast back to the input's dtype; in float16 that of rows of 300 overflows."
# ///
"""Shows in float16 when the mean square exceeds 65504, and by rounding in both half types."""

import torch
from torch import Tensor


def rms_norm(x: Tensor, weight: Tensor, eps: float = 1e-6) -> Tensor:
    wide = x if x.dtype == torch.float64 else x.float()
    mean_square = wide.pow(2).mean(-1, keepdim=True).to(x.dtype)
    return (wide * torch.rsqrt(mean_square.to(wide.dtype) + eps)).to(x.dtype) * weight
