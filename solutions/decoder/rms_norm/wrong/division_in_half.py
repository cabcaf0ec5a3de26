# drill: rms_norm
# /// wrong
# fails = "finiteness"
# message = "The inverse root is cast down before the product; in float16 it overflows for tiny rows and small eps."
# ///
"""Shows in float16 when mean(x^2) + eps < 2.3e-10: with eps = 1e-12 an all-zero row gives 0 * inf = NaN."""

import torch
from torch import Tensor


def rms_norm(x: Tensor, weight: Tensor, eps: float = 1e-6) -> Tensor:
    wide = x if x.dtype == torch.float64 else x.float()
    inverse = torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + eps)
    return x * inverse.to(x.dtype) * weight
