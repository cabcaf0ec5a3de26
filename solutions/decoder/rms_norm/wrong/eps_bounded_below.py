# drill: rms_norm
# /// wrong
# fails = "numerics"
# message = "eps is raised to at least 1e-8, so a smaller one has no effect."
# ///
"""Shows when eps = 1e-12 and rows are of size 1e-5."""

import torch
from torch import Tensor


def rms_norm(x: Tensor, weight: Tensor, eps: float = 1e-6) -> Tensor:
    wide = x if x.dtype == torch.float64 else x.float()
    inverse = torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + max(eps, 1e-8))
    return (wide * inverse).to(x.dtype) * weight
