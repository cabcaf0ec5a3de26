# drill: rms_norm
# /// wrong
# fails = "shape"
# message = "squeeze() takes back the axis that atleast_2d may have added, and every other axis of size 1 as well."
# ///
"""Shows when an axis of a two-dimensional or larger x has size 1, or when x has one axis of size 1."""

import torch
from torch import Tensor


def rms_norm(x: Tensor, weight: Tensor, eps: float = 1e-6) -> Tensor:
    rows = torch.atleast_2d(x)
    wide = rows if x.dtype == torch.float64 else rows.float()
    inverse = torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + eps)
    return ((wide * inverse).to(x.dtype) * weight).squeeze()
