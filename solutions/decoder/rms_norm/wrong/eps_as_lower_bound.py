# drill: rms_norm
# /// wrong
# fails = "numerics"
# message = "eps only bounds the mean square from below instead of being added to it."
# ///
"""Shows when eps is not small against the mean square, as eps = 0.1 for rows of size 1."""

import torch
from torch import Tensor


def rms_norm(x: Tensor, weight: Tensor, eps: float = 1e-6) -> Tensor:
    wide = x if x.dtype == torch.float64 else x.float()
    inverse = torch.rsqrt(wide.pow(2).mean(-1, keepdim=True).clamp_min(eps))
    return (wide * inverse).to(x.dtype) * weight
