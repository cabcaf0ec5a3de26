# drill: rms_norm
# /// wrong
# fails = "shape"
# message = "view(-1, D) merges the leading axes without a copy, which fails on transposed or expanded inputs."
# ///
"""Shows when x has three axes or more and is non-contiguous over the leading ones: the call raises."""

import torch
from torch import Tensor


def rms_norm(x: Tensor, weight: Tensor, eps: float = 1e-6) -> Tensor:
    rows = x.view(-1, x.shape[-1])
    wide = rows if x.dtype == torch.float64 else rows.float()
    inverse = torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + eps)
    return ((wide * inverse).to(x.dtype) * weight).view(x.shape)
